"""The static table of commands. It drives the overview, completion, the documentation, and which module is loaded.

Nothing is imported here: ``olbuild --help`` is printed from this table alone.
"""


class Entry:
    """A command: its name (``store verify`` is two words), its module, one line of help, and its section."""

    __slots__ = ("line", "module", "name", "section")

    def __init__(self, name: str, line: str, section: str) -> None:
        """Describe a command; the module and its function are called as the command is."""
        self.name = name
        self.module = name.replace(" ", "_").replace("-", "_")
        self.line = line
        self.section = section


BUILD, WRITE, MOVE, STORE, RUN, REST = (
    "Build",
    "Write Modelfiles",
    "Move",
    "Look after the local store",
    "Run",
    "Set up",
)

COMMANDS = (
    Entry("build", "make an artifact from a Modelfile", BUILD),
    Entry("check", "find what is wrong or doubtful in Modelfiles, and mend it", WRITE),
    Entry("fmt", "bring Modelfiles into their one form", WRITE),
    Entry("parse", "show how a Modelfile is read", WRITE),
    Entry("render", "print the prompt that a template makes of a conversation", WRITE),
    Entry("lsp", "serve an editor: findings while typing, completion, fixes", WRITE),
    Entry("run", "ask a model, or talk with it", RUN),
    Entry("serve", "serve models over HTTP, as Ollama and OpenAI do", RUN),
    Entry("ps", "list the models that a server has loaded", RUN),
    Entry("stop", "let a server unload models", RUN),
    Entry("test", "run the tests that an artifact brings", RUN),
    Entry("embed", "make vectors of texts", RUN),
    Entry("bench", "measure what a model gives to several users at once", RUN),
    Entry("doctor", "show what the engine can use here, and what is in the way", RUN),
    Entry("engine install", "install llama.cpp: a ready wheel, or compiled once", RUN),
    Entry("engine list", "list the engines that were compiled or downloaded", RUN),
    Entry("engine check", "see whether the engine works", RUN),
    Entry("push", "copy an artifact to a registry or a folder", MOVE),
    Entry("pull", "copy an artifact into the local store", MOVE),
    Entry("copy", "copy an artifact from anywhere to anywhere", MOVE),
    Entry("save", "write artifacts as one archive", MOVE),
    Entry("load", "read an archive into the local store", MOVE),
    Entry("tags", "list the tags of a repository", MOVE),
    Entry("delete", "delete tags and manifests in a registry", MOVE),
    Entry("manifest", "print the manifest of an artifact as it is", MOVE),
    Entry("blob cat", "print a layer, a config or a part of one", MOVE),
    Entry("convert", "write an artifact in another format", STORE),
    Entry("registry serve", "serve the local store as a registry", MOVE),
    Entry("registry info", "show what was learnt of a registry", MOVE),
    Entry("ls", "list artifacts", STORE),
    Entry("index create", "put several quantisations of a model under one name", STORE),
    Entry("index ls", "list the variants of an index", STORE),
    Entry("inspect", "show what is in an artifact", STORE),
    Entry("history", "show which instruction made what", STORE),
    Entry("show", "print an artifact as the Modelfile that builds it", STORE),
    Entry("diff", "show what differs between two models", STORE),
    Entry("registry-spec validate", "check an artifact against the specification", STORE),
    Entry("tag", "give an artifact more names", STORE),
    Entry("rm", "take names away, and the content that no other name needs", STORE),
    Entry("prune", "remove content that no name needs", STORE),
    Entry("df", "show how much disk is used, and for what", STORE),
    Entry("store verify", "check the local store, byte for byte", STORE),
    Entry("login", "remember credentials for a registry", REST),
    Entry("logout", "forget credentials for a registry", REST),
    Entry("config", "list the settings, and where each comes from", REST),
    Entry("completion", "print the completion script of a shell", REST),
    Entry("version", "print the version", REST),
)

SECTIONS = (BUILD, WRITE, RUN, MOVE, STORE, REST)

COMMON = (
    ("-q, --quiet", "no progress and no talk, errors only"),
    ("--progress HOW", "auto, plain, json or none [default: auto]"),
    ("--offline", "look nothing up in a registry"),
    ("--home DIR", "folder of the local store"),
    ("--debug", "show a traceback when something fails"),
)
"""Options that every command has, before or behind its name, and their help."""

COMMON_WITH_VALUE = ("--progress", "--home")


_COLUMN = 14
_ABOUT = "A Modelfile becomes an artifact, and the artifact a running model."


def overview() -> str:
    """Return the text of ``olbuild --help``; no line is wider than 80 characters."""
    lines = [
        "Usage: olbuild COMMAND [OPTIONS]",
        "",
        _ABOUT,
    ]
    for section in SECTIONS:
        lines += ["", f"{section}:"]
        lines += [line for entry in COMMANDS if entry.section == section for line in _described(entry)]
    lines += ["", "Options of every command:", *(f"  {option:<15} {text}" for option, text in COMMON)]
    lines += ["", "Start with:", "  olbuild build -t me/assistant .", '  olbuild run me/assistant "Hello"']
    lines += ["", "olbuild COMMAND --help says more about a command.", ""]
    return "\n".join(lines)


def _described(entry: Entry) -> list[str]:
    """Return the line of a command; a name that is too long for its column has a line of its own."""
    if len(entry.name) > _COLUMN:
        return [f"  {entry.name}", f"  {'':<{_COLUMN}}  {entry.line}"]
    return [f"  {entry.name:<{_COLUMN}}  {entry.line}"]


def about() -> str:
    """Return the text of ``olbuild version``."""
    import sys

    from olbuild import __version__

    return f"olbuild {__version__}\npython {sys.version.split()[0]}\n"
