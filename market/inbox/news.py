"""The vocabulary of the inbox: all that somebody can be told, each in one sentence."""

from market.kernel.words import N_, Labelled


class Urgency(Labelled):
    """What a message asks of its reader."""

    WAITS = "waits", N_("Waits for you")
    BINDS = "binds", N_("Binds your party")
    TOLD = "told", N_("For your information")


class News(Labelled):
    """What a message tells. Its label is its sentence; named places are filled where it is read."""

    OFFER_MADE = "offer-made", N_("%(party)s offers %(price)s, standing until %(until)s.")
    OFFER_ENDS = (
        "offer-ends",
        N_("The offer of %(price)s waits for your answer; it expires at %(until)s."),
    )
    OFFER_EXPIRED = "offer-expired", N_("The offer of %(price)s expired at %(until)s, unanswered.")
    OFFER_REFUSED = "offer-refused", N_("%(party)s refused your offer. The talks go on.")
    OFFER_TAKEN_BACK = "offer-taken-back", N_("%(party)s took its offer back.")
    TALKS_ENDED = "talks-ended", N_("%(party)s ended the talks without agreement.")
    OFF_MARKET = "off-market", N_("The result has left the market, and your talks on it are over.")
    PUBLISHED_ANEW = (
        "published-anew",
        N_("The result was published anew. An offer made before has lapsed and binds nobody."),
    )
    DEAL_STRUCK = "deal-struck", N_("The deal is struck at %(price)s. A contract comes next.")

    CONTRACT_DRAFTED = "contract-drafted", N_("%(party)s drafted a contract with you.")
    CONTRACT_CORRECTED = (
        "contract-corrected",
        N_("%(party)s began a corrected contract in place of the one that was refused."),
    )
    TEXT_FIXED = "text-fixed", N_("The text is fixed. The contract waits for your signature.")
    TEXT_REOPENED = (
        "text-reopened",
        N_("%(party)s reopened the draft; a signature given before has fallen."),
    )
    CONTRACT_DROPPED = "contract-dropped", N_("%(party)s gave the contract up.")
    OTHER_SIGNED = (
        "other-signed",
        N_("%(party)s has signed. The contract waits for your signature."),
    )
    OWN_SIGNED = "own-signed", N_("Your party has signed; the other side has not yet.")
    SIGNATURE_DUE = (
        "signature-due",
        N_("The contract has waited for your signature since %(since)s."),
    )
    CONCLUDED = "concluded", N_("Both sides have signed: the contract is concluded.")
    RECORDAL_DUE = (
        "recordal-due",
        N_(
            "Both sides have signed. Have the assignment recorded at the patent office; "
            "then the contract can be registered."
        ),
    )
    FILING_DUE = (
        "filing-due",
        N_("Both sides have signed. The contract can be filed for registration."),
    )
    RECORDAL_NOTED = (
        "recordal-noted",
        N_("%(party)s noted the patent office's recordal of %(on_day)s."),
    )

    FILED = "filed", N_("%(party)s filed the contract for registration.")
    FILE_CAME = "file-came", N_("An application waits to be accepted.")
    ACCEPTED = "accepted", N_("The registry accepted the application; review ends on %(due_on)s.")
    TURNED_AWAY = (
        "turned-away",
        N_("The registry did not accept the application; its page says why."),
    )
    CORRECTION_ASKED = (
        "correction-asked",
        N_("The registry asks for corrected papers; the application's page says which."),
    )
    CORRECTION_ENDS = (
        "correction-ends",
        N_(
            "Corrected papers are due by %(due_on)s. After that day the application counts as "
            "withdrawn."
        ),
    )
    PAPERS_CAME = "papers-came", N_("Corrected papers came in; the application waits for you.")
    FILE_WITHDRAWN = "file-withdrawn", N_("%(party)s took the application back.")
    LAPSED = (
        "lapsed",
        N_("No corrected papers came in time: the application is closed as withdrawn."),
    )
    SECOND_DUE = "second-due", N_("An application waits for its second registrar.")
    SENT_BACK = "sent-back", N_("The second registrar sent the file back to its first review.")
    REVIEW_ENDS = "review-ends", N_("The review of this application ends on %(due_on)s.")
    REGISTERED = "registered", N_("The contract is registered under the number %(number)s.")
    REFUSED = "refused", N_("Registration was refused: %(reasons)s.")
    REVISION_DUE = "revision-due", N_("A change of a registration waits for confirmation.")
    REVISION_REJECTED = "revision-rejected", N_("A proposed change of a registration was rejected.")
    REVISED = "revised", N_("The registered turnover was changed; it is %(turnover)s now.")
    CANCELLED = "cancelled", N_("The registration was cancelled.")

    OWED = "owed", N_("Your party owes %(amount)s, due on %(due_on)s.")
    OWED_SOON = "owed-soon", N_("%(amount)s is due on %(due_on)s.")
    OWED_LATE = "owed-late", N_("%(amount)s was due on %(due_on)s and is not paid.")
    OWED_NO_MORE = "owed-no-more", N_("What was still to be paid is not asked for any more.")
    MONEY_CAME = "money-came", N_("%(amount)s was paid.")
    ACCOUNT_SET = (
        "account-set",
        N_(
            "Your proceeds will be sent to another bank account, ending in %(ending)s, from "
            "%(usable_at)s. If nobody of yours said so, tell the operator at once."
        ),
    )
    ROYALTY_BEGINS = "royalty-begins", N_("A royalty begins; each period is declared once over.")
    ROYALTY_SOON = (
        "royalty-soon",
        N_("A period of a royalty is to be declared, and paid, by %(due_on)s."),
    )
    ROYALTY_LATE = "royalty-late", N_("A period of a royalty was to be declared by %(due_on)s.")
    ROYALTY_TOLD = (
        "royalty-told",
        N_("%(party)s declared a royalty of %(amount)s. You may inspect the books behind it."),
    )
    ROYALTY_CORRECTED = (
        "royalty-corrected",
        N_("%(party)s corrected a royalty statement; the royalty is %(amount)s."),
    )
    BOOKS_ASKED = "books-asked", N_("%(party)s asks to inspect the books behind a royalty.")
    BOOKS_ANSWERED = "books-answered", N_("%(party)s answered how the books can be inspected.")
    MONEY_LEFT = "money-left", N_("%(amount)s of yours was sent to your bank or back to your card.")
    MONEY_BACK = (
        "money-back",
        N_("%(amount)s that was sent to you came back; it lies at the market again."),
    )
    SENT_AGAIN = (
        "sent-again",
        N_(
            "%(amount)s that came back is sent to you once more, to the account ending in "
            "%(ending)s."
        ),
    )
    PAYOUT_BACK = (
        "payout-back",
        N_("A payout of %(amount)s came back and waits to be ordered once more."),
    )

    LINES_WAIT = "lines-wait", N_("Lines of a bank statement wait to be explained.")
    MATCH_PROPOSED = (
        "match-proposed",
        N_("It is proposed what a line of a bank statement is; another operator releases it."),
    )

    RESULT_CAME = "result-came", N_("A result waits for publication.")
    RESULT_PUBLISHED = "result-published", N_("Your result is on the market.")
    RESULT_RETURNED = (
        "result-returned",
        N_("The operator sent your result back; its page says why."),
    )
    CODE_CAME = "code-came", N_("A credit code fails its check and waits for a person's word.")
    CODE_CONFIRMED = "code-confirmed", N_("The operator confirmed your party's credit code.")
    PAPER_SHOWN = "paper-shown", N_("A paper was shown; the party waits for verification.")
    PARTY_PAPERS_RETURNED = (
        "party-papers-returned",
        N_("The operator sent your party's papers back; its page says why."),
    )
    PARTY_VERIFIED = "party-verified", N_("The operator verified your party.")
    PARTY_SUSPENDED = (
        "party-suspended",
        N_("The operator suspended your party: it reads, but acts on nothing until restored."),
    )
    PARTY_RESTORED = "party-restored", N_("The operator lifted your party's suspension.")
    INVITATION_ACCEPTED = (
        "invitation-accepted",
        N_("An invitation was accepted: your party has a new member (%(seat)s)."),
    )
    INVITATION_DECLINED = "invitation-declined", N_("An invitation to your party was declined.")
    SEAT_CHANGED = "seat-changed", N_("%(party)s changed your seat; it is %(seat)s now.")
    SEAT_SUSPENDED = "seat-suspended", N_("%(party)s suspended your seat.")
    SEAT_RESTORED = "seat-restored", N_("%(party)s gave you your seat back.")
    SEAT_ENDED = "seat-ended", N_("%(party)s ended your seat.")
    TIE_NOTED = (
        "tie-noted",
        N_("A tie of your party with another is on record, held since %(on_day)s."),
    )
    TIE_ENDED = (
        "tie-ended",
        N_("A tie of your party with another is on record as ended on %(on_day)s."),
    )
    AMENDMENT_DUE = (
        "amendment-due",
        N_("A new value of a parameter is proposed and waits for a second operator."),
    )
    ROLE_DUE = (
        "role-due",
        N_("The role %(role)s is proposed for a person and waits for a second administrator."),
    )
    PROPOSAL_CONFIRMED = "proposal-confirmed", N_("Your proposal was confirmed.")
    PROPOSAL_REJECTED = "proposal-rejected", N_("Your proposal was rejected.")
    DEPOSIT_REFUND_DUE = (
        "deposit-refund-due",
        N_("The refund of a deposit of %(amount)s is proposed and waits for a second operator."),
    )
    DEPOSIT_FORFEIT_DUE = (
        "deposit-forfeit-due",
        N_(
            "The forfeiture of a deposit of %(amount)s is proposed and waits for a second operator."
        ),
    )
    DEPOSIT_BACK = (
        "deposit-back",
        N_("Your deposit of %(amount)s goes back to you; its page says why and by when."),
    )
    DEPOSIT_FORFEITED = (
        "deposit-forfeited",
        N_("Your deposit of %(amount)s is forfeited; its page says why."),
    )
    REVERSAL_DUE = (
        "reversal-due",
        N_("The reversal of an entry of the ledger is proposed and waits for a second person."),
    )
    ENTRY_REVERSED = (
        "entry-reversed",
        N_("An entry was reversed: what it had paid is owed again; the page says how it stands."),
    )
    CAPTURE_ENDS = (
        "capture-ends",
        N_("%(amount)s is only authorised; nothing of it can be charged after %(until)s."),
    )
    SESSIONS_ENDED = (
        "sessions-ended",
        N_("An administrator ended all your sessions. Sign in again."),
    )
    ACCOUNT_RESTORED = (
        "account-restored",
        N_("An administrator lifted the suspension of your account."),
    )
    ROLE_GIVEN = "role-given", N_("You hold the role %(role)s now.")
    ROLE_TAKEN = "role-taken", N_("The role %(role)s is no longer yours.")
