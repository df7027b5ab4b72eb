"""What bad input gets: the numbers of promises 7 that apply now, each with the tests that hold it.

``python -m tests.security.bad_input`` prints the table.
"""

from tests.security.ledger import Row, done, later, not_applicable, partly, printed

A, C, G, H = (
    {*range(1, 12), 16, 17, 18, 21, 26},
    range(37, 55),
    {104, *range(106, 111)},
    range(111, 127),
)
NUMBERS = {*A, *C, *G, *H}

ODD_AMOUNTS = {
    1: "no amount",
    2: "nothing, and less than nothing",
    3: "more decimals than the currency has",
    4: "a number of JSON",
    5: "an exponent, another base, underscores, a plus",
    6: "no number and infinity",
    7: "separators that could mean two things",
    8: "digits of other scripts",
    9: "more than there is",
    10: "ten thousand digits",
}

TABLE: dict[int, Row] = {
    **{
        number: done(
            what,
            "kernel/money::what_is_no_amount_is_refused_with_its_reason",
            "payments/payout_input::a_1_to_10_an_odd_amount_is_no_amount",
        )
        for number, what in ODD_AMOUNTS.items()
    },
    11: done(
        "no currency, one that is none, another than what is owed",
        "kernel/money::money_of_an_unknown_currency_does_not_exist",
        "payments/gateway_commands::what_contradicts_our_books_is_not_booked",
    ),
    16: done(
        "the same key with another amount",
        "payments/payout_input::a_16_17_one_key_orders_once_and_never_another_amount",
        "once::the_same_key_with_other_words_is_refused_by_the_claim",
    ),
    17: done(
        "the same key twice at once",
        "payments/payout_input::a_16_17_one_key_orders_once_and_never_another_amount",
        "once::fifty_threads_send_each_intent_twenty_times_to_one_effect",
    ),
    18: done("two amounts in one form", "payments/payout_input::a_18_two_amounts_are_none"),
    21: done(
        "a price, a fee, a party in a hidden field",
        "payments/payout_input::a_21_no_hidden_field_says_whose_money_or_how_much",
        "payments/checkout::what_the_client_adds_changes_nothing",
        "payments/checkout::json_is_not_taken_whatever_it_says",
    ),
    26: done(
        "more refunded than was charged, or twice",
        "payments/commands::a_deposit_ends_once",
        "payments/commands::what_came_back_is_ordered_once_more_and_only_once",
        "payments/faults::after_three_cycles_a_fault_leaves_no_trace",
        "stripe/gateway::no_more_is_charged_than_held_and_no_more_refunded_than_charged",
    ),
    37: done(
        "an address without @, with two, too long, with CR/LF and Bcc:",
        "accounts/identifiers::what_is_no_address_is_refused_with_its_reason",
        "kernel/mailers::no_header_is_smuggled_in_and_no_second_recipient",
    ),
    38: done(
        "two spellings of one address, a tag, look-alikes, a trailing dot",
        "accounts/identifiers::an_address_has_one_form",
        "accounts/identifiers::any_text_is_an_address_of_one_form_or_a_reason",
        "accounts/views::two_spellings_of_an_address_are_one_account",
        "accounts/views::a_tag_is_another_mailbox",
    ),
    39: done(
        "a name that speaks for the market, zero-width and turning characters",
        "accounts/rules::a_name_that_would_speak_for_the_market_is_reserved",
        "accounts/rules::other_names_are_free",
    ),
    40: done(
        "a password of 11, 12, 256, 257 characters, of a megabyte",
        "accounts/rules::a_password_is_long_enough_and_not_easily_guessed",
        "accounts/views::a_megabyte_of_password_is_refused_before_it_is_hashed",
    ),
    41: done(
        "a password with NUL, emoji, blanks around it",
        "accounts/views::a_password_is_taken_exactly_as_typed",
        "accounts/views::a_null_character_is_taken_in_a_password_only",
    ),
    42: done(
        "a common password, the market's or one's own name in it",
        "accounts/rules::a_password_is_long_enough_and_not_easily_guessed",
    ),
    43: done(
        "an unknown address and a wrong password",
        "accounts/views::an_unknown_address_and_a_wrong_password_get_the_same_answer",
        "accounts/views::an_unknown_address_costs_a_hash_too",
        "accounts/keys::a_wrong_password_and_an_unknown_address_cost_the_same",
    ),
    44: done(
        "a thousand wrong passwords from many addresses",
        "accounts/keys::a_thousand_guesses_are_slowed_and_the_owner_still_gets_in",
    ),
    45: done(
        "a code used twice, of another time, too short, of letters or full-width digits",
        "factors/views::a_wrong_code_is_a_401_with_one_sentence",
        "factors/views::a_code_that_was_given_is_a_401_the_next_time",
    ),
    46: done(
        "a link used twice, expired, of another, after a change of address",
        "accounts/keys::a_link_that_no_longer_opens_says_one_same_thing",
    ),
    47: done(
        "a session planted before signing in",
        "accounts/views::a_session_planted_before_is_gone_after_signing_in",
    ),
    48: done(
        "a cookie altered, oversized, doubled, fifty of them",
        "accounts/views::an_altered_cookie_is_a_stranger",
        "accounts/views::fifty_cookies_are_no_harm",
        "security/bad_input::h_48_an_odd_cookie_is_a_stranger_or_refused",
    ),
    49: done(
        "a credit code of another length or alphabet, with a wrong check digit",
        "accounts/identifiers::what_is_no_code_is_refused_with_its_reason",
        "parties/views::a_failed_check_digit_warns_and_waits_for_an_operator",
    ),
    50: not_applicable("an identity card's number", "the market asks nobody for one"),
    51: done(
        "a telephone number in many spellings, of forty digits",
        "accounts/identifiers::a_telephone_number_has_one_form",
        "accounts/identifiers::what_is_no_telephone_number_is_refused",
    ),
    52: done(
        "a bank account changed, then paid to",
        "payments/payout_views::a_new_account_waits_a_day_and_its_people_are_told_so",
        "payments/payout_views::an_account_changed_and_a_payout_at_once_are_kept_apart",
    ),
    53: done(
        "an invitation to anybody gets a neutral answer; one used twice, of another",
        "parties/members::an_invitation_becomes_a_seat_once",
        "parties/members::inviting_is_the_same_whoever_has_the_address",
        "parties/members::an_invitation_is_bound_to_its_address",
        "parties/member_views::the_answer_to_an_invitation_tells_nothing_of_the_address",
    ),
    54: later("a non-disclosure agreement without power to sign", "with the data room"),
    104: done(
        "next= to another site, sixty ways",
        "security/asvs::asvs_29_next_leads_to_no_other_site",
        "app::a_foreign_next_leads_home",
        "accounts/views::the_language_switch_leads_to_no_other_site",
        "accounts/views::signing_in_goes_on_to_a_page_of_the_market_only",
    ),
    106: done(
        "a notice unsigned, stale, by a wrong secret, re-serialised, of an unknown kind",
        "payments/checkout::a_forged_notice_is_a_400_and_changes_nothing",
        "payments/checkout::a_notice_of_an_unknown_kind_is_taken_and_ignored",
        "payments/checkout::a_notice_of_another_mode_or_account_is_kept_and_not_booked",
        "payments/checkout::without_a_secret_no_notice_is_believed",
        "payments/webhooks::no_forgery_is_believed",
    ),
    107: done(
        "a notice of another account, amount or currency",
        "payments/checkout::a_notice_of_another_mode_or_account_is_kept_and_not_booked",
        "payments/checkout::another_amount_or_currency_at_the_gateway_is_marked_and_not_booked",
    ),
    108: done(
        "a way back that claims success",
        "payments/checkout::a_way_back_that_claims_success_has_no_effect",
    ),
    109: done(
        "one notice a thousand times",
        "payments/checkout::a_signed_notice_is_heard_a_thousand_times_to_one_effect",
        "payments/faults::a_notice_heard_a_thousand_times_has_one_effect",
    ),
    110: done("a notice of ten megabytes", "payments/checkout::a_notice_of_ten_megabytes_is_a_413"),
    111: done(
        "id tricks",
        "security/ids::an_id_in_a_path_has_one_spelling",
        "security/ids::an_id_in_a_query_or_a_body_has_one_spelling_too",
        "security/ids::one_foreign_id_among_good_ones_spoils_all",
        "security/oracle::what_is_hidden_is_byte_for_byte_what_never_was",
    ),
    112: done(
        "a post without its token, or with another session's",
        "security/asvs::asvs_28_nothing_is_posted_without_the_sessions_own_token",
        "contracts/views::nothing_is_posted_without_the_pages_token",
    ),
    113: done(
        "GET on an act, a method in a header or a field",
        "security/ids::a_request_has_one_method",
        "security/ids::looking_changes_nothing",
    ),
    114: done(
        "JSON of any shape, where no JSON is taken",
        "app::a_body_of_json_is_not_taken",
        "security/bad_input::h_114_json_of_any_shape_is_not_taken",
    ),
    115: done(
        "a form as JSON, as text, without a type",
        "security/ids::a_form_is_sent_as_a_form",
    ),
    116: partly(
        "another Host, an impossible one",
        "app::a_host_that_can_be_none_is_refused_plainly",
        "security/bad_input::h_116_another_host_is_refused_in_production",
        "config::in_production_links_never_follow_the_listening_address",
        later="two Hosts and absolute addresses with the proxy of the operations issue",
    ),
    117: done("forwarded headers", "security/asvs::asvs_31_forwarded_headers_move_no_link"),
    118: partly(
        "a header of 64 KB, five hundred headers",
        "security/bad_input::h_118_many_and_large_headers_are_no_harm",
        later="their limits in the server with the operations issue",
    ),
    119: done(
        "a path with %00, dots, overlong UTF-8, of 8 KB",
        "security/bad_input::h_119_an_odd_path_leads_nowhere",
    ),
    120: later("smuggled requests", "with the proxy of the operations issue"),
    121: done(
        "an edit of what others saved meanwhile",
        "contracts/views::two_editors_do_not_overwrite_each_other",
        "listings/views::two_tabs_on_one_draft_overwrite_nothing_unseen",
    ),
    122: done(
        "Accept and Accept-Language of nonsense",
        "security/bad_input::h_122_nonsense_about_taste_gets_the_usual_page",
    ),
    123: done("unknown fields", "security/fields::no_form_takes_the_name_of_a_column"),
    124: done(
        "a key too long, empty, not ASCII",
        "once::a_key_that_is_none_of_ours_is_refused",
        "once::what_creates_or_binds_is_not_taken_without_a_key",
    ),
    125: later("two hundred idle connections", "with the server of the operations issue"),
    126: done(
        "a double click, back, two tabs",
        "once::a_double_click_makes_one_and_is_answered_twice",
        "once::back_and_a_second_tab_make_nothing_new",
        "once::fifty_threads_send_each_intent_twenty_times_to_one_effect",
    ),
}

if __name__ == "__main__":
    print(printed(TABLE))
