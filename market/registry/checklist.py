"""What a registrar reads a contract against: the type tests of its kind (认定条件, domain 1.3)."""

from dataclasses import dataclass

from market.contracts.terms import Kind, Kind5
from market.kernel.words import N_


@dataclass(frozen=True)
class TypeTest:
    """All of ``holds`` must be so; anything in ``excludes`` is not a contract of this kind."""

    holds: tuple[str, ...]
    excludes: tuple[str, ...] = ()


_DEVELOPMENT = TypeTest(
    (
        N_("The research goal is clear and concrete."),
        N_("At signing the parties did not yet hold the technical solution."),
        N_("The content is innovative."),
    ),
    (
        N_("The solution was already held at signing."),
        N_("Only size, parameters or order change."),
        N_("Ordinary test, inspection, copy or use."),
        N_("Pure basic research or soft-science research."),
    ),
)
_GRANT = TypeTest(
    (
        N_("The result was already held at signing."),
        N_("The solution is complete and usable."),
        N_("Ownership of the intellectual property is clearly agreed."),
    ),
    (
        N_("Knowledge in the public domain, or a right that has lapsed (REG-08)."),
        N_("Only the sale of a high-tech product."),
    ),
)
_CONSULTING = TypeTest(
    (
        N_("It concerns a specific technical project."),
        N_("Analysis, proof, evaluation or forecast by scientific means."),
        N_("The output is a report or an opinion."),
    ),
    (
        N_("Economic analysis, legal advice or a social survey."),
        N_("Commercial information for buying equipment."),
    ),
)
_SERVICE = TypeTest(
    (
        N_("Expertise solves a specific technical problem."),
        N_("Structure, process, quality, cost, energy use or safety improves."),
        N_("The output has a stated quality and quantity."),
        N_("No ownership of intellectual property passes."),
    ),
    (
        N_("Routine processing, repair or printing."),
        N_("Standard tests or compulsory metrology."),
        N_("Survey, design, construction or supervision of works."),
    ),
)
_TRAINING = TypeTest(
    (
        N_("The knowledge belongs to a specific project."),
        N_("The trainees are technical staff named by the client."),
    ),
    (
        N_("General training of staff."),
        N_("Training in the use of a product that is sold."),
        N_("Training inside another technology contract is not registered apart (REG-04)."),
    ),
)
_INTERMEDIARY = TypeTest(
    (
        N_("It aims at a technology contract with a third party."),
        N_("It concerns a specific result or project."),
    )
)
_BY_CODE = {Kind.SRV_T: _TRAINING, Kind.SRV_I: _INTERMEDIARY}
_BY_KIND = {
    Kind5.DEVELOPMENT: _DEVELOPMENT,
    Kind5.TRANSFER: _GRANT,
    Kind5.LICENCE: _GRANT,
    Kind5.CONSULTING: _CONSULTING,
    Kind5.SERVICE: _SERVICE,
}


def type_test(kind: Kind) -> TypeTest:
    """The test of a kind; training and intermediary contracts have their own."""
    return _BY_CODE.get(kind) or _BY_KIND[kind.kind5]
