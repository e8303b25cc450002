"""The page that says that a folder of records is made up, and how."""

from textwrap import fill

from holdfast.sources.simulator.records import Request, Words


def _bullet(text: str) -> str:
    return fill(text, 110, initial_indent="- ", subsequent_indent="  ")


def readme(asked: Request, words: Words, rows: dict[str, int], suffix: str) -> str:
    """README.txt of a made-up folder."""
    lines = [
        words.title.upper(),
        "",
        "These records are made up. No customer in them exists.",
        f"Made by: holdfast simulate --kind {asked.world} --customers {asked.customers} --seed {asked.seed}"
        f" --format {suffix}",
        f"The last day of history is {asked.until}.",
        "",
        "FILES",
        *(_bullet(f"{name}.{suffix}, {rows[name]:,} rows. {meaning}") for name, meaning in words.tables.items()),
        "",
        "TRUTH (folder truth/: never an input; it is there to judge what a model says)",
        *(_bullet(f"truth/{name}.{suffix}. {meaning}") for name, meaning in words.truth.items()),
        _bullet("truth/dirt.json. How many rows of each file carry which dirt, planted on purpose."),
        _bullet("truth/parameters.json. The constants behind the rules."),
        "",
        "RULES",
        *(_bullet(rule) for rule in words.rules),
    ]
    return "\n".join(lines)
