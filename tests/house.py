"""The house rules that no linter knows, as pure functions over a source tree.

Each rule takes a ``House`` and yields one sentence per breach. ``test_architecture.py`` runs them
over the market, and over small houses that break each rule on purpose.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# ── reading ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Module:
    """One Python file: its dotted name and its tree."""

    name: str
    path: str
    source: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file."""
        return list(ast.walk(self.tree))

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.source)

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What each imported name stands for, in full: ``dt`` → ``datetime``."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for name in node.names:
                    head = name.name if name.asname else name.name.partition(".")[0]
                    found[name.asname or head] = head
            elif isinstance(node, ast.ImportFrom):
                for name in node.names:
                    found[name.asname or name.name] = f"{node.module}.{name.name}"
        return found

    @cached_property
    def uses(self) -> list[tuple[str, int]]:
        """Every dotted name that leads back to an import, in full, with its line."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Attribute | ast.Name) and (full := self.full(node)):
                found.append((full, node.lineno))
            elif isinstance(node, ast.ImportFrom):
                found += [(f"{node.module}.{name.name}", node.lineno) for name in node.names]
        return found

    @property
    def imports(self) -> Iterator[tuple[str, int]]:
        """Every module or name that the file imports, in full, with its line."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((name.name, node.lineno) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)

    @property
    def functions(self) -> Iterator[Function]:
        """The functions at the top of the file."""
        return (node for node in self.tree.body if isinstance(node, FUNCTIONS))

    @property
    def stem(self) -> str:
        """The file's own name: ``rules`` of ``market.deals.rules``."""
        return self.name.rpartition(".")[2]

    @property
    def slice(self) -> str:
        """The slice it belongs to: ``deals`` of ``market.deals.rules``; empty outside."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 2 else ""

    def at(self, line: int) -> str:
        """Where a breach is read."""
        return f"{self.path}:{line}"

    def full(self, node: ast.expr) -> str | None:
        """A dotted name written out by the imports it leads back to; None where it does not."""
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name) and node.id in self.aliases:
            return ".".join([self.aliases[node.id], *reversed(tail)])
        return None


@dataclass(frozen=True)
class House:
    """A source tree: ``market/``, the files beside it, its tests and its pages of acts."""

    root: Path

    @cached_property
    def modules(self) -> list[Module]:
        """The market's own Python files and the two beside it."""
        paths = [*sorted((self.root / "market").rglob("*.py")), *self.root.glob("*.py")]
        return [self._read(path) for path in paths]

    @cached_property
    def migrations(self) -> list[Module]:
        """The revisions."""
        return [self._read(path) for path in sorted(self.root.glob("migrations/versions/*.py"))]

    @cached_property
    def templates(self) -> list[tuple[str, str]]:
        """Path and text of each page template."""
        return [
            (str(path.relative_to(self.root)), path.read_text(encoding="utf-8"))
            for path in sorted((self.root / "market").rglob("templates/**/*"))
            if path.suffix in {".html", ".xml", ".txt", ".svg"}
        ]

    @cached_property
    def tests(self) -> list[str]:
        """The text of each test file, but for the one that invents refusals to break the rules."""
        paths = sorted(self.root.glob("tests/**/test_*.py"))
        inventing = self.root / "tests" / "test_architecture.py"
        return [path.read_text(encoding="utf-8") for path in paths if path != inventing]

    @cached_property
    def acts(self) -> str:
        """``docs/acts.md``, or nothing."""
        page = self.root / "docs" / "acts.md"
        return page.read_text(encoding="utf-8") if page.exists() else ""

    @property
    def commands(self) -> Iterator[tuple[Module, Function]]:
        """Each public function of each ``commands.py`` and ``…_commands.py``."""
        for module in self.modules:
            if module.stem.endswith("commands"):
                for function in module.functions:
                    if not function.name.startswith("_"):
                        yield module, function

    def _read(self, path: Path) -> Module:
        inside = path.relative_to(self.root)
        parts = inside.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return Module(name, str(inside), path.read_text(encoding="utf-8"))


# ── rules ────────────────────────────────────────────────────────────────────────────────────────


def no_late_imports(house: House) -> Iterator[str]:
    """An import stands at the top of its file, or an arrow hides."""
    for module in house.modules:
        for outer in module.nodes:
            if isinstance(outer, FUNCTIONS):
                for node in ast.walk(outer):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield f"{module.at(node.lineno)} imports inside {outer.name}()"


def only_the_kernel_commits(house: House) -> Iterator[str]:
    """A command never commits: its caller's ``with transaction()`` does."""
    for module in house.modules:
        if module.name == "market.kernel.db":
            continue
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and node.attr == "commit":
                yield f"{module.at(node.lineno)} commits; only market/kernel/db.py does"


ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}


def only_config_reads_the_environment(house: House) -> Iterator[str]:
    """The environment is read once, into frozen settings."""
    for module in house.modules:
        if module.name != "config":
            for full, line in module.uses:
                if _within(full, ENVIRONMENT):
                    yield f"{module.at(line)} reads {full}; only config.py does"


CLOCKS = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns"),
    *("time.localtime", "time.gmtime"),
    *("sqlalchemy.func.now", "sqlalchemy.func.current_timestamp", "sqlalchemy.func.current_date"),
    *("sqlalchemy.func.localtimestamp", "sqlalchemy.func.clock_timestamp"),
}
SQL_CLOCK = re.compile(
    r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bnow\(\)|datetime\('now'", re.IGNORECASE
)


def only_the_clock_tells_time(house: House) -> Iterator[str]:
    """One instant per request, from ``kernel/clock.py``; the database is asked for none."""
    for module in house.modules:
        if module.name == "market.kernel.clock":
            continue
        for full, line in module.uses:
            if _within(full, CLOCKS):
                yield f"{module.at(line)} reads the clock by {full}"
        prose = _docstrings(module.tree)
        for node in module.nodes:
            if node in prose or not isinstance(node, ast.Constant):
                continue
            if isinstance(node.value, str) and SQL_CLOCK.search(node.value):
                yield f"{module.at(node.lineno)} asks the database for the time"


WEB = {"flask.request", "flask.g", "flask.session", "flask_login.current_user"}
NEAR = {
    "market.app",
    "market.guards",
    "market.accounts.sessions",
    "market.accounts.steps",
}  # who serves all views


def only_views_know_the_request(house: House) -> Iterator[str]:
    """Who asks and how is a matter of views; below them, everything is an argument."""
    for module in house.modules:
        if not module.stem.endswith("views") and module.name not in NEAR:
            for full, line in module.uses:
                if _within(full, WEB):
                    yield f"{module.at(line)} knows {full}; only views and what serves them do"


def commands_say_who_and_when(house: House) -> Iterator[str]:
    """Each command takes keyword-only ``by`` and ``at``."""
    for module, command in house.commands:
        keywords = {argument.arg for argument in command.args.kwonlyargs}
        for wanted in ("by", "at"):
            if wanted not in keywords:
                yield f"{module.at(command.lineno)} {command.name}() lacks keyword-only {wanted!r}"


def commands_record(house: House) -> Iterator[str]:
    """Each command leaves an entry in the journal, itself or by a private step of its file."""
    for module, command in house.commands:
        steps = {function.name: function for function in module.functions}
        if not _reaches_record(command, steps, set()):
            yield f"{module.at(command.lineno)} {command.name}() records nothing"


def commands_stand_in_the_acts(house: House) -> Iterator[str]:
    """Each command has its row in ``docs/acts.md``, as ``slice.verb``."""
    for module, command in house.commands:
        name = f"{module.slice}.{command.name}"
        if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", house.acts):
            yield f"{module.at(command.lineno)} {name} has no row in docs/acts.md"


def refusals_are_tested(house: House) -> Iterator[str]:
    """Each member of each refusal is named in some test."""
    for module, refusal in _refusals(house):
        for name, line in _members(refusal):
            named = re.compile(rf"\b{refusal.name}\.{name}\b")
            if not any(map(named.search, house.tests)):
                yield f"{module.at(line)} no test names {refusal.name}.{name}"


UNSAFE = re.compile(r"\|\s*safe\b|autoescape\s+false")
MARKUP = {"markupsafe.Markup", "flask.Markup"}


def markup_is_allowed_only(house: House, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Text from people is never passed as markup; each exception is a listed file."""
    for path, text in house.templates:
        if path not in allowed:
            for number, line in enumerate(text.splitlines(), 1):
                if UNSAFE.search(line):
                    yield f"{path}:{number} passes markup unescaped"
    for module in house.modules:
        if module.path not in allowed:
            for node in module.nodes:
                if isinstance(node, ast.Call) and module.full(node.func) in MARKUP:
                    yield f"{module.at(node.lineno)} makes Markup"


BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "service", "handler"}
BANNED |= {"data", "info"}
BANNED_FIRST = {"process", "handle", "do"}
# Names that a library calls us by.
GIVEN = {"process_bind_param", "process_result_value", "process_formdata", "process_data"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def names_have_a_home(house: House) -> Iterator[str]:
    """No banned name among packages, modules, functions and classes."""
    for module in house.modules:
        for part in module.name.split("."):
            if _homeless(part):
                yield f"{module.path} has the banned name {part!r}"
        for node in module.nodes:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and _homeless(node.name):
                yield f"{module.at(node.lineno)} has the banned name {node.name!r}"


PAGES = re.compile(r"\w*(views|forms|pages)")


def pages_are_private_to_their_slice(house: House) -> Iterator[str]:
    """No slice uses another slice's views, forms or pages; the kernel's forms are everybody's."""
    for module in house.modules:
        if module.name == "market.app":
            continue
        for full, line in module.imports:
            parts = full.split(".")
            foreign = parts[:1] == ["market"] and parts[1:2] not in ([module.slice], ["kernel"])
            if foreign and PAGES.fullmatch("".join(parts[2:3])):
                yield f"{module.at(line)} uses market.{parts[1]}.{parts[2]}"


def done_is_said_after_the_commit(house: House) -> Iterator[str]:
    """Nobody is told that something is done inside the transaction that may yet fail to do it."""
    for module in house.modules:
        for block in module.nodes:
            if isinstance(block, ast.With) and any(map(_begins_writing, block.items)):
                for node in ast.walk(block):
                    if isinstance(node, ast.Call) and _called(node) == "flash":
                        yield f"{module.at(node.lineno)} flashes before the commit"


def migrations_know_no_models(house: House) -> Iterator[str]:
    """A revision says what it does by itself; models go on changing after it."""
    for module in house.migrations:
        for full, line in module.imports:
            if full.split(".")[0] == "market":
                yield f"{module.at(line)} imports {full}"


RULES: tuple[Callable[[House], Iterator[str]], ...] = (
    no_late_imports,
    only_the_kernel_commits,
    only_config_reads_the_environment,
    only_the_clock_tells_time,
    only_views_know_the_request,
    commands_say_who_and_when,
    commands_record,
    commands_stand_in_the_acts,
    refusals_are_tested,
    markup_is_allowed_only,
    names_have_a_home,
    pages_are_private_to_their_slice,
    done_is_said_after_the_commit,
    migrations_know_no_models,
)


# ── steps ────────────────────────────────────────────────────────────────────────────────────────


def _within(full: str, names: set[str]) -> bool:
    return full in names or any(full.startswith(f"{name}.") for name in names)


def _docstrings(tree: ast.Module) -> set[ast.AST]:
    holders = (ast.Module, ast.ClassDef, *FUNCTIONS)
    return {
        statement.value
        for node in ast.walk(tree)
        if isinstance(node, holders)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }


def _begins_writing(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and _called(call) == "transaction"


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _reaches_record(function: Function, steps: dict[str, Function], seen: set[str]) -> bool:
    called = {_called(node) for node in ast.walk(function) if isinstance(node, ast.Call)}
    if "record" in called:
        return True
    seen.add(function.name)
    return any(_reaches_record(steps[name], steps, seen) for name in called & steps.keys() - seen)


def _refusals(house: House) -> Iterator[tuple[Module, ast.ClassDef]]:
    classes = [
        (module, node)
        for module in house.modules
        for node in module.nodes
        if isinstance(node, ast.ClassDef)
    ]
    kin = {"Refusal"}
    while True:
        grown = kin | {node.name for _, node in classes if kin & set(_bases(node))}
        if grown == kin:
            break
        kin = grown
    return ((module, node) for module, node in classes if node.name in kin)


def _bases(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        yield base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def _members(refusal: ast.ClassDef) -> Iterator[tuple[str, int]]:
    targets = chain.from_iterable(
        ((target, node.lineno) for target in node.targets)
        for node in refusal.body
        if isinstance(node, ast.Assign)
    )
    for target, line in targets:
        if isinstance(target, ast.Name) and target.id.isupper():
            yield target.id, line


def _homeless(name: str) -> bool:
    words = [word.lower() for word in WORD.findall(name)]
    if not words or name in GIVEN:
        return False
    # The last word is what the thing is: a `service_invention` is an invention.
    return words[-1] in BANNED or (len(words) > 1 and words[0] in BANNED_FIRST)
