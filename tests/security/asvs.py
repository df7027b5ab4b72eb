"""The checklist of promises 6: 64 items of ASVS 5.0.0, each with what holds it.

`make asvs` prints it. A test named here runs in every ``make test``; ``test_asvs.py`` looks that
it exists.
"""

from tests.security.ledger import Row, done, later, not_applicable, partly, printed

NO_FILES = (
    "no form takes a file (kernel/forms::a_file_refuses_the_form_and_is_never_a_text); "
    "comes with the data room"
)
SCAN = "security/matrix::the_market_answers_as_the_table_says"
A = "security/asvs::"

ITEMS: dict[int, Row] = {
    1: done(
        "1.2.1 output is encoded for its context",
        f"{A}asvs_01_templates_escape_and_nothing_is_marked_safe",
        "listings/views::hostile_text_is_text_everywhere",
        "contracts/views::what_looks_like_code_stays_text_on_every_page_and_on_paper",
        "negotiation/views::what_people_write_is_shown_as_text",
    ),
    2: not_applicable("1.2.2 addresses in content", "no text of a user becomes a link"),
    3: done("1.2.3 data in pages", f"{A}asvs_03_pages_carry_no_script_and_no_data"),
    4: done("1.2.4 no SQL from strings", f"{A}asvs_04_no_sql_is_built_from_strings"),
    5: done("1.2.5 no shell", f"{A}asvs_05_no_shell_is_called"),
    6: done("1.2.9 patterns are literal", f"{A}asvs_06_patterns_are_literals_or_escaped"),
    7: not_applicable("1.3.1 rich text", "text is shown as it was written; there is no Markdown"),
    8: not_applicable("1.3.4 SVG", NO_FILES),
    9: partly(
        "1.3.6 outbound requests go to an allow-list",
        f"{A}asvs_09_only_named_modules_reach_out",
        later="addresses that users give come with webhooks (#4)",
    ),
    10: done("1.3.7 no templates from users", f"{A}asvs_10_templates_come_from_files_only"),
    11: done(
        "1.3.11 mail headers", "kernel/mailers::no_header_is_smuggled_in_and_no_second_recipient"
    ),
    12: done(
        "1.4.2 whole numbers have bounds",
        "app::a_number_no_id_can_be_leads_to_no_page",
        "kernel/forms::a_whole_number_is_plain_digits_within_its_bounds",
        "security/ids::an_id_in_a_path_has_one_spelling",
    ),
    13: done("1.5.1 no unsafe parsing", f"{A}asvs_13_nothing_unsafe_is_unpacked"),
    14: done(
        "2.2.1 declared fields, unknown ones refused",
        "security/fields::no_form_takes_the_name_of_a_column",
        "negotiation/views::unknown_doubled_and_oversized_fields_are_refused",
        "contracts/views::a_form_of_the_wrong_shape_is_refused",
    ),
    15: done(
        "2.2.3 fields fit each other",
        "contracts/views::what_contradicts_itself_is_refused_where_it_stands",
        "registry/commands::amounts_out_of_range_are_refused_at_their_field",
    ),
    16: done(
        "2.3.1 no step is skipped",
        "security/states::a_step_that_is_not_declared_is_refused_and_changes_nothing",
    ),
    17: later("2.3.2 business limits are written down and enforced", "with deposits and bids (#6)"),
    18: done(
        "2.3.3 all or nothing",
        "once::an_answer_that_cannot_be_kept_undoes_the_act_and_says_nothing",
        "kernel/db::an_exception_leaves_nothing_behind",
    ),
    19: done(
        "2.3.4 locks on what is scarce",
        "deals/contention::of_twenty_acceptances_of_one_exclusive_grant_one_stands",
        "deals/contention::of_n_licences_exactly_n_are_taken",
        "kernel/db::two_who_check_then_write_under_the_lock_leave_one_winner",
    ),
    20: done(
        "2.3.5 two persons for what weighs most",
        SCAN,
        "registry/commands::the_first_registrar_does_not_certify",
        "registry/commands::the_database_too_wants_two_registrars",
    ),
    21: partly(
        "2.4.1 rate limits",
        "accounts/keys::a_thousand_guesses_are_slowed_and_the_owner_still_gets_in",
        "accounts/keys::one_network_address_guesses_at_a_hundred_accounts_only",
        "accounts/keys::letters_to_one_address_are_few",
        "accounts/keys::the_password_again_is_not_guessed_for_ever",
        later="bids with #6",
    ),
    22: not_applicable("3.2.1 files of users are not rendered", NO_FILES),
    23: done(
        "3.3.1 cookies",
        SCAN,
        f"{A}asvs_23_in_production_cookies_are_bound_to_the_host",
        "accounts/keys::in_production_cookies_are_bound_to_the_host_and_to_tls",
    ),
    24: done("3.4.1 HSTS", "accounts/keys::in_production_cookies_are_bound_to_the_host_and_to_tls"),
    25: done("3.4.2 no other origin is let in", f"{A}asvs_25_no_origin_is_let_in"),
    26: done(
        "3.4.3 content security policy",
        SCAN,
        f"{A}asvs_26_27_faults_and_files_carry_the_guards_too",
        "app::every_answer_carries_the_guards",
    ),
    27: done(
        "3.4.4 nosniff, referrer, permissions",
        SCAN,
        f"{A}asvs_26_27_faults_and_files_carry_the_guards_too",
    ),
    28: done(
        "3.5.1 a form carries its token; looking changes nothing",
        f"{A}asvs_28_nothing_is_posted_without_the_sessions_own_token",
        "security/ids::looking_changes_nothing",
    ),
    29: done(
        "3.7.2 no open redirect",
        f"{A}asvs_29_next_leads_to_no_other_site",
        "accounts/rules::an_address_elsewhere_is_not",
        "accounts/views::signing_in_goes_on_to_a_page_of_the_market_only",
    ),
    30: done("4.1.1 content type and character set", SCAN),
    31: done(
        "4.1.3 forwarded headers are not believed, or from configured hops only",
        f"{A}asvs_31_forwarded_headers_move_no_link",
        "accounts/keys::a_proxy_is_believed_only_where_one_is_configured",
    ),
    32: later("4.2.1 request smuggling", "with the reverse proxy of the operations issue"),
    33: done(
        "5.2.1 sizes are limited early",
        "app::a_megabyte_of_form_is_too_large",
        "accounts/views::a_megabyte_of_password_is_refused_before_it_is_hashed",
        f"{A}asvs_33_a_form_has_so_many_parts_and_no_more",
    ),
    34: not_applicable("5.2.2 files are what they say", NO_FILES),
    35: not_applicable("5.2.3 archives", NO_FILES),
    36: not_applicable("5.3.2 names of stored files", NO_FILES),
    37: done(
        "5.4.2 names of downloads", "contracts/views::the_paper_is_served_inline_under_a_good_name"
    ),
    38: not_applicable("5.4.3 virus scan", NO_FILES),
    39: done(
        "6.2.1 a password has 12 to 256 characters",
        "accounts/rules::a_password_is_long_enough_and_not_easily_guessed",
    ),
    40: done(
        "6.2.4 common and known passwords are refused, offline",
        "accounts/rules::a_password_is_long_enough_and_not_easily_guessed",
        "accounts/guessing::every_common_password_that_is_long_enough_is_refused",
        "accounts/guessing::common_passwords_are_refused_with_the_usual_endings",
        "accounts/guessing::words_of_the_market_are_worth_nothing",
        "accounts/guessing::what_is_known_of_a_person_is_worth_nothing",
    ),
    41: done(
        "6.2.5 no composition, truncation or rotation, but in the profile of 等保",
        "accounts/views::a_password_is_taken_exactly_as_typed",
        "accounts/guessing::unrelated_words_and_chance_are_good_passwords",
        "accounts/keys::the_mlps_profile_wants_kinds_of_characters_and_rotation_of_staff",
    ),
    42: done(
        "6.3.1 throttling without lock-out",
        "accounts/keys::a_thousand_guesses_are_slowed_and_the_owner_still_gets_in",
        "accounts/keys::a_device_is_known_to_its_owner_alone",
        "accounts/doors::of_many_guesses_at_once_ten_are_tried",
        "accounts/doors::without_counting_first_all_would_be_tried",
    ),
    43: done(
        "6.3.2 no default accounts",
        f"{A}asvs_43_a_fresh_market_has_nobody",
        "accounts/commands::two_administrators_are_made_so_and_no_third",
    ),
    44: partly(
        "6.3.3 staff have a second factor",
        "accounts/sessions::roles_that_need_a_second_factor_do_not_count_without_one",
        "factors/views::no_page_of_those_who_need_a_factor_opens_without_one",
        later="payouts with #4",
    ),
    45: done(
        "6.3.8 nobody learns who has an account",
        "accounts/views::an_unknown_address_and_a_wrong_password_get_the_same_answer",
        "accounts/views::an_unknown_address_costs_a_hash_too",
        "accounts/keys::an_address_with_an_account_and_one_without_get_the_same",
        "accounts/keys::a_wrong_password_and_an_unknown_address_cost_the_same",
        "accounts/keys::an_unknown_account_is_slowed_alike",
        "accounts/keys::an_address_in_use_is_answered_alike_and_changes_nothing",
        "security/oracle::nobody_hears_by_time_that_an_address_has_an_account",
    ),
    46: done(
        "6.4.1 reset tokens",
        "accounts/keys::a_link_that_no_longer_opens_says_one_same_thing",
        "accounts/keys::a_reset_ends_all_sessions_tells_the_owner_and_signs_nobody_in",
        "factors/views::a_new_password_by_letter_does_not_pass_by_the_second_factor",
    ),
    47: done(
        "6.5.1 a code is used once, recovery codes are hashed",
        "factors/commands::a_code_counts_once_and_no_earlier_one_after_it",
        "factors/contention::of_several_who_give_the_same_code_at_once_one_comes_in",
        "factors/contention::without_the_lock_the_same_code_lets_two_in",
        "factors/commands::neither_secret_nor_recovery_codes_lie_open_in_the_database",
    ),
    48: done(
        "7.2.3 sessions are the server's, drawn anew at sign-in and role change",
        "accounts/sessions::the_cookie_keeps_a_secret_and_the_table_its_hash",
        "accounts/sessions::each_sign_in_draws_a_new_secret",
        "accounts/sessions::a_role_given_or_taken_ends_the_sessions_of_its_holder",
        "accounts/views::a_session_planted_before_is_gone_after_signing_in",
    ),
    49: done(
        "7.3.1 idle and absolute limits by role",
        "accounts/sessions::a_session_ends_by_itself",
        "accounts/limits::a_session_lasts_as_long_as_its_persons_roles_allow",
    ),
    50: done(
        "7.4.1 signing out and disabling kill sessions; they are seen and ended",
        "accounts/sessions::a_cookie_kept_from_before_signing_out_is_a_strangers",
        "accounts/sessions::who_is_suspended_or_erased_is_out_on_the_next_request",
        "accounts/sessions::all_others_end_and_this_one_stays",
        "accounts/sessions::an_administrator_ends_all_sessions_of_a_person",
        "accounts/keys::ones_own_sessions_are_listed_and_ended",
        "accounts/keys::a_change_of_password_offers_to_end_the_other_sessions",
        "accounts/keys::an_account_is_suspended_and_let_in_again",
    ),
    51: done(
        "7.5.1 acts of weight ask for the password again",
        "security/matrix::an_act_of_weight_wants_a_password_that_is_fresh",
        "security/matrix::without_the_right_password_nothing_of_weight_happens",
    ),
    52: done(
        "8.2.1 function, object, field, organisation",
        SCAN,
        "security/mutants::the_matrix_kills_the_mutants_of_the_table",
        "security/fields::no_form_takes_the_name_of_a_column",
    ),
    53: done(
        "8.3.2 a change of powers holds on the next request",
        "app::a_role_that_is_taken_is_gone_on_the_next_request",
        "accounts/sessions::who_is_suspended_or_erased_is_out_on_the_next_request",
    ),
    54: done(
        "9.1 tokens have one purpose and one end",
        f"{A}asvs_54_a_token_of_another_session_opens_nothing",
        "accounts/keys::a_ticket_for_one_thing_opens_no_other",
        "accounts/keys::a_link_that_no_longer_opens_says_one_same_thing",
    ),
    55: done("11.3 sound algorithms only", f"{A}asvs_55_no_weak_hash_and_no_common_chance"),
    56: done(
        "11.2.4 secrets are compared in constant time",
        f"{A}asvs_56_secrets_are_compared_in_constant_time",
    ),
    57: partly(
        "12 TLS",
        f"{A}asvs_57_production_wants_https_and_a_key_of_its_own",
        "kernel/mailers::a_certificate_that_nobody_trusts_is_not_spoken_to",
        later="the database over TLS with the operations issue",
    ),
    58: done("13.4.1 nothing of the works is served", f"{A}asvs_58_nothing_of_the_works_is_served"),
    59: done(
        "14.2.1 no secrets in addresses; pages are not kept",
        SCAN,
        f"{A}asvs_59_signing_out_clears_what_the_browser_kept",
    ),
    60: done(
        "14.2.4 logs and errors hold no secret",
        f"{A}asvs_60_the_log_of_a_fault_holds_no_secret",
        "canary::a_password_is_nobodys_to_see",
    ),
    61: partly(
        "15.1.2 what is built in is known and pinned",
        f"{A}asvs_61_every_package_is_pinned_by_hash",
        later="the audit of known weaknesses with the operations issue",
    ),
    62: done(
        "15.3.3 mass assignment, types, doubled parameters",
        "security/fields::no_form_takes_the_name_of_a_column",
        "security/ids::an_id_in_a_query_or_a_body_has_one_spelling_too",
        "security/ids::one_foreign_id_among_good_ones_spoils_all",
    ),
    63: partly(
        "16.2 events of security are on record",
        "accounts/sessions::a_session_ends_once_and_says_so_once",
        "kernel/journal::every_altered_field_of_every_entry_is_found",
        later="JSON lines with the operations issue",
    ),
    64: done(
        "16.5.1 a fault says nothing of the works and fails closed",
        "app::a_fault_of_ours_shows_a_sentence_and_no_trace",
        "app::a_database_that_does_not_answer_is_a_503",
        "security/fuzz::no_generated_request_is_a_fault_of_ours",
    ),
}

if __name__ == "__main__":
    print(printed(ITEMS))
