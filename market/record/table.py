"""The table of the record: each act of the journal and its sentence."""

from market.kernel.words import N_

SENTENCES: dict[str, str] = {
    "demo.loaded": N_("%(who)s loaded the demo world."),
    "account.signed-up": N_("%(who)s signed up."),
    "account.administrator-created": N_("%(who)s became one of the first administrators."),
    "account.language-chosen": N_("%(who)s chose the language of the pages."),
    "account.role-granted": N_("%(who)s gave the role %(role)s."),
    "account.role-proposed": N_("%(who)s proposed the role %(role)s."),
    "account.role-seconded": N_("%(who)s confirmed the proposed role %(role)s."),
    "account.role-declined": N_("%(who)s declined the proposed role %(role)s."),
    "account.role-taken": N_("%(who)s took the role %(role)s away."),
    "account.signed-in": N_("%(who)s signed in."),
    "account.signed-out": N_("%(who)s signed out."),
    "account.others-signed-out": N_("%(who)s signed out everywhere else."),
    "account.address-proven": N_("%(who)s proved the address by a letter."),
    "account.letter-asked": N_("Somebody asked for a letter to an address."),
    "account.password-reset": N_("%(who)s set a new password by a letter."),
    "account.password-changed": N_("%(who)s changed the password."),
    "account.address-asked": N_("%(who)s asked to sign in with another address."),
    "account.address-changed": N_("%(who)s signs in with another address."),
    "account.suspended": N_("%(who)s suspended the account."),
    "account.restored": N_("%(who)s let the account in again."),
    "account.all-signed-out": N_("%(who)s ended all sessions of this person."),
    "letter.sent-again": N_("%(who)s had a letter sent again."),
    "account.mail-chosen": N_("%(who)s chose when letters come."),
    "account.name-corrected": N_("%(who)s corrected the name of the account."),
    "account.exported": N_("%(who)s took a copy of the data on themselves."),
    "account.erased": N_("The account was erased; who it was is no longer known."),
    "account.held": N_("A legal hold was laid on the account: %(reference)s."),
    "account.released": N_("The legal hold on the account was lifted."),
    "record.case-opened": N_("%(who)s opened the case %(number)s."),
    "record.case-closed": N_("%(who)s closed the case %(number)s."),
    "record.exported": N_("%(who)s exported entries of the record."),
    "account.factor-enrolled": N_("%(who)s set up a second factor."),
    "account.factor-given": N_("%(who)s gave the second factor."),
    "account.recovery-code-used": N_("%(who)s used a recovery code."),
    "account.recovery-codes-renewed": N_("%(who)s made new recovery codes."),
    "account.factor-dropped": N_("%(who)s turned the second factor off."),
    "account.factor-reset": N_("%(who)s reset this person's second factor."),
    "account.factor-forgotten": N_("This person's second factor was reset by the machine room."),
    "account.identity-linked": N_("%(who)s linked an account elsewhere."),
    "account.identity-unlinked": N_("%(who)s undid the link to an account elsewhere."),
    "party.founded": N_("%(who)s founded the party."),
    "party.uscc-confirmed": N_("%(who)s confirmed the unified social credit code %(uscc)s."),
    "party.paper-shown": N_("%(who)s showed a paper: %(kind)s."),
    "party.paper-taken-back": N_("%(who)s took a paper back: %(kind)s."),
    "party.paper-seen": N_("%(who)s saw a paper: %(kind)s."),
    "party.verified": N_("%(who)s verified the party."),
    "party.papers-returned": N_("%(who)s sent the party's papers back."),
    "party.suspended": N_("%(who)s suspended the party."),
    "party.restored": N_("%(who)s lifted the party's suspension."),
    "party.member-invited": N_("%(who)s offered a seat: %(seat)s."),
    "party.invitation-withdrawn": N_("%(who)s withdrew an invitation."),
    "party.invitation-accepted": N_("%(who)s took a seat: %(seat)s."),
    "party.invitation-declined": N_("%(who)s declined a seat."),
    "party.seat-changed": N_("%(who)s changed a seat from %(was)s to %(seat)s."),
    "party.member-suspended": N_("%(who)s suspended a member."),
    "party.member-restored": N_("%(who)s restored a member."),
    "party.member-removed": N_("%(who)s ended a seat: %(seat)s."),
    "party.member-left": N_("%(who)s left the party as %(seat)s."),
    "party.tie-noted": N_("%(who)s noted a tie between two parties, held since %(on_day)s."),
    "party.tie-ended": N_("%(who)s noted that a tie between two parties ended on %(on_day)s."),
    "account.joined": N_("%(who)s joined the market with a seat in a party."),
    "venue.opened": N_("%(who)s opened a venue of the kind %(kind)s."),
    "registry.opened": N_("%(who)s opened the registry %(code)s."),
    "rulebook.amended": N_("%(who)s set the parameter %(key)s to %(value)s from %(valid_from)s."),
    "rulebook.amendment-proposed": N_(
        "%(who)s proposed to set the parameter %(key)s to %(value)s from %(valid_from)s."
    ),
    "rulebook.amendment-declined": N_(
        "%(who)s declined to set the parameter %(key)s to %(value)s from %(valid_from)s."
    ),
    "listing.drafted": N_("%(who)s drafted the result."),
    "listing.edited": N_("%(who)s edited the draft."),
    "listing.submitted": N_("%(who)s submitted the result for publication."),
    "listing.published": N_("%(who)s published the result: %(mode)s, %(price)s."),
    "listing.returned": N_("%(who)s sent the result back to its seller."),
    "listing.withdrawn": N_("%(who)s withdrew the result from the market."),
    "listing.redrafted": N_("%(who)s turned the result into a draft again."),
    "listing.transferred": N_("The result left the market: it is agreed."),
    "negotiation.opened": N_("%(who)s opened talks."),
    "negotiation.offer-made": N_("%(who)s offered %(price)s, standing until %(until)s."),
    "negotiation.offer-accepted": N_("%(who)s accepted the offer of %(price)s."),
    "negotiation.offer-refused": N_("%(who)s refused the offer."),
    "negotiation.offer-taken-back": N_("%(who)s took the offer back."),
    "negotiation.ended": N_("%(who)s ended the talks."),
    "deal.struck": N_("The deal was struck at %(price)s."),
    "contract.drafted": N_("%(who)s drafted the contract: %(kind)s, %(turnover)s."),
    "contract.edited": N_("%(who)s edited the draft; the amount is %(turnover)s."),
    "contract.text-fixed": N_("%(who)s fixed the text for signature."),
    "contract.reopened": N_("%(who)s reopened the draft; signatures given so far fell."),
    "contract.dropped": N_("%(who)s gave the contract up."),
    "contract.replaced": N_("%(who)s set the contract aside for a corrected one."),
    "contract.signed": N_("%(who)s signed (%(side)s)."),
    "contract.signed:last": N_("%(who)s signed (%(side)s); the contract is concluded."),
    "contract.recordal-noted": N_(
        "%(who)s noted the patent office's recordal %(number)s of %(on_day)s."
    ),
    "registry.applied": N_("%(who)s filed the contract with the registry %(registry)s."),
    "registry.accepted": N_("%(who)s accepted the application; the review ends on %(due_on)s."),
    "registry.turned-away": N_("%(who)s did not accept the application."),
    "registry.correction-asked": N_("%(who)s asked for corrected papers."),
    "registry.resubmitted": N_("%(who)s handed in corrected papers."),
    "registry.withdrawn": N_("%(who)s took the application back."),
    "registry.lapsed": N_(
        "%(who)s closed the application as withdrawn: no corrected papers came in time."
    ),
    "registry.passed": N_(
        "%(who)s passed the first review: turnover %(turnover)s, "
        "technology value %(technology_value)s."
    ),
    "registry.sent-back": N_("%(who)s sent the file back to the first review."),
    "registry.certified": N_(
        "%(who)s certified the contract as the second registrar: number %(number)s, "
        "turnover %(turnover)s, technology value %(technology_value)s."
    ),
    "registry.refused": N_("%(who)s refused registration: %(reasons)s."),
    "registry.corrected-anew": N_(
        "%(who)s began a corrected contract in place of the one that was not registered."
    ),
    "registry.revision-proposed": N_(
        "%(who)s proposed new amounts: turnover %(turnover)s, "
        "technology value %(technology_value)s."
    ),
    "registry.revision-proposed:cancellation": N_("%(who)s proposed to cancel the registration."),
    "registry.revised": N_("%(who)s confirmed the change: the turnover is now %(turnover)s."),
    "registry.revised:cancellation": N_("%(who)s confirmed the cancellation of the registration."),
    "registry.revision-rejected": N_("%(who)s rejected the proposed change."),
    "payment.owed": N_("%(kind)s: %(amount)s is owed, due on %(due_on)s."),
    "payment.cancelled": N_("What was owed was cancelled."),
    "payment.rest-cancelled": N_("%(amount)s that was still unpaid was cancelled."),
    "payment.received": N_("%(amount)s came by %(channel)s; %(remaining)s is still to be paid."),
    "payment.credit-used": N_("%(who)s paid %(amount)s out of free money at the market."),
    "payment.requested": N_("%(who)s began to pay %(amount)s online."),
    "payment.given-up": N_("%(who)s gave the online payment up."),
    "payment.capture-wanted": N_("The authorised money is to be charged."),
    "payment.release-wanted": N_("The authorised money is to be set free."),
    "payment.noted": N_("The gateway says of the payment: %(stage)s."),
    "payment.known": N_("The gateway knows the payment."),
    "payment.declined": N_("The gateway declined the payment."),
    "payment.mismatched": N_("What the gateway says does not fit our books; nothing was booked."),
    "payment.account-set": N_(
        "%(who)s named the account ending in %(ending)s for proceeds; "
        "it is used from %(usable_at)s."
    ),
    "payment.payout-ordered": N_("%(amount)s was ordered to be paid out."),
    "payment.payout-ordered:again": N_(
        "%(who)s ordered once more %(amount)s that had come back, to the account ending in "
        "%(ending)s."
    ),
    "payment.transfer-file-taken": N_(
        "%(who)s took %(many)s payouts to the bank as a file (%(form)s)."
    ),
    "payment.payout-sent": N_("%(who)s handed the payout to the bank."),
    "payment.payout-done": N_("The money has left; proof: %(proof)s."),
    "payment.payout-failed": N_("The money came back."),
    "bank.statement-imported": N_(
        "%(who)s brought in a bank statement: %(lines)s new lines, %(waiting)s of them wait."
    ),
    "bank.match-proposed": N_("%(who)s proposed what the bank line over %(amount)s is: %(use)s."),
    "bank.match-released": N_("%(who)s released what the bank line over %(amount)s is: %(use)s."),
    "bank.match-declined": N_(
        "%(who)s declined what was proposed for the bank line over %(amount)s."
    ),
    "bank.line-returned": N_("%(amount)s has gone back to who paid it."),
    "payment.movement-noted": N_("The gateway's account book says %(amount)s (%(line)s)."),
    "deposit.asked": N_("A deposit of %(amount)s was asked for."),
    "deposit.held": N_("The deposit is held."),
    "deposit.applied": N_("The deposit was applied to the price: %(paid)s."),
    "deposit.refunded": N_("The deposit goes back."),
    "deposit.lapsed": N_("The deposit is no longer asked for."),
    "deposit.refund-proposed": N_("%(who)s proposed that the deposit goes back."),
    "deposit.forfeit-proposed": N_("%(who)s proposed that the deposit is forfeited."),
    "deposit.forfeited": N_("%(who)s confirmed that the deposit is forfeited."),
    "deposit.proposal-declined": N_("%(who)s declined what was proposed about the deposit."),
    "royalty.agreed": N_("A royalty of %(rate)s begins."),
    "royalty.ended": N_("The royalty ends; what was declared stays owed."),
    "royalty.declared": N_(
        "%(who)s declared period %(place)s of the royalty: %(amount)s on %(from_base)s."
    ),
    "royalty.corrected": N_(
        "%(who)s corrected period %(place)s of the royalty: %(amount)s on %(from_base)s."
    ),
    "royalty.inspection-asked": N_("%(who)s asked to inspect the books behind period %(place)s."),
    "royalty.inspection-answered": N_(
        "%(who)s answered the request to inspect the books behind period %(place)s."
    ),
    "ledger.correction-proposed": N_("%(who)s proposed to reverse an entry of the ledger."),
    "ledger.corrected": N_("%(who)s confirmed the reversing entry."),
    "ledger.correction-declined": N_("%(who)s declined to reverse an entry of the ledger."),
}
"""What is said of each act; ``act:variant`` is its finer name (``sentences.variant``)."""
