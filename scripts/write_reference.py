"""Write the generated pages of docs/reference/ from the code they describe."""

import ast
import inspect
import re
import sys
import textwrap
from dataclasses import fields
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from typer.main import get_command

import holdfast
from holdfast.features.reference_page import reference_page
from holdfast.inference.recipes.reference import exports_page
from holdfast.interfaces.cli.app import COMMANDS, gather
from holdfast.pipeline.stages import STAGES
from holdfast.quality.checks.run import checks_page
from holdfast.reports.key_figures.kpis import kpi_definitions
from holdfast.service.results import json_name
from holdfast.settings import Settings
from holdfast.tables.bi_outputs import bi_page
from holdfast.tables.outputs import outputs_page

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def settings_page() -> str:
    """Every setting of holdfast.yaml, from the models that read it."""
    lines = ["# Settings", "", "Everything `holdfast.yaml` may hold. Generated: `make docs`.", ""]
    described: set[type[BaseModel]] = set()
    waiting: list[tuple[str, type[BaseModel]]] = [("holdfast.yaml", Settings)]
    while waiting:
        path, model = waiting.pop(0)
        if model in described:
            continue
        described.add(model)
        lines += [
            f"## {path}",
            "",
            (model.__doc__ or "").strip(),
            "",
            "| setting | default | meaning |",
            "|---|---|---|",
        ]
        meanings = _texts_of_fields(model)
        for name, field in model.model_fields.items():
            inner = _model_in(field.annotation)
            shown = field.alias or name
            default = (
                "required"
                if field.is_required()
                else ("see below" if inner else f"`{_brief(field.get_default(call_default_factory=True))}`")
            )
            meaning = (field.description or meanings.get(name, "")).replace("\n", " ").replace("|", "\\|")
            lines.append(f"| `{shown}` | {default} | {meaning} |")
            if inner:
                waiting.append((shown if path == "holdfast.yaml" else f"{path}.{shown}", inner))
        lines.append("")
    return "\n".join(lines)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_in(argument))), None)


def _brief(default: Any) -> str:
    if isinstance(default, tuple | dict):
        return ", ".join(map(str, default)) or "none"
    return str(default)


def commands_page() -> str:
    """Every command with its options, from the commands themselves."""
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 our bug, 2 you can fix it, 3 a person should look, 130 stopped by Ctrl-C.",
        "Each command ends with what to do next. With `--json`, standard output holds the answer and nothing else.",
        "`holdfast --install-completion` lets your shell complete commands and options. Generated: `make docs`.",
        "",
    ]
    group: Any = get_command(gather(COMMANDS))
    for name, command in group.commands.items():
        lines += [f"## holdfast {name}", "", _unwrapped(command.help or ""), "", "| option | meaning |", "|---|---|"]
        for parameter in command.params:
            words = ", ".join(f"`{word}`" for word in parameter.opts)
            shown = words if parameter.param_type_name == "option" else f"`{parameter.name.upper()}`"
            if not getattr(parameter, "hidden", False):
                lines.append(f"| {shown} | {getattr(parameter, 'help', '') or ''} |")
        lines += ["", *_json_keys(name)]
    return "\n".join(lines)


def _json_keys(command: str) -> list[str]:
    """The keys of a command's JSON, from the texts under the fields of its results."""
    lines = []
    for path in import_module(COMMANDS[command].__module__).RESULTS:
        home, _, name = path.rpartition(".")
        result = getattr(import_module(f"holdfast.{home}"), name)
        if "to_record" in vars(result):
            lines += [f"`--json`: {result.to_record.__doc__}", ""]
            continue
        meanings = _texts_of_fields(result)
        lines += [f"`--json`: {result.__doc__.splitlines()[0]}", "", "| key | meaning |", "|---|---|"]
        keys = [(key, each.name) for each in fields(result) if (key := json_name(each)) is not None]
        lines += [*(f"| `{key}` | {meanings[field]} |" for key, field in keys), ""]
    return lines


def python_page() -> str:
    """The public Python API, from its signatures and docstrings."""
    lines = [
        "# From Python",
        "",
        "What `import holdfast` offers. `examples/first_look.py` uses it. Generated: `make docs`.",
        "",
    ]
    lines += [
        "Each answer is a frozen record: `.sentence` for people, `.to_record()` for JSON with the keys that",
        "[commands](commands.md) lists, `.table` a Polars frame where it has one. `now` is your clock; `progress` an",
        "object with the methods of `holdfast.progress.Progress`, silent by default. What you can fix raises",
        "`holdfast.errors.HoldfastError`.",
        "",
    ]
    functions = [holdfast.open_project, holdfast.init, holdfast.simulate, holdfast.doctor]
    methods = [each for name, each in vars(holdfast.Project).items() if inspect.isfunction(each) and name[0] != "_"]
    for prefix, several in (("holdfast", functions), ("project", methods)):
        for each in several:
            signature = str(inspect.signature(each)).replace("(self, ", "(").replace("(self)", "()")
            lines += [f"## {prefix}.{each.__name__}", "", "```python", f"{each.__name__}{_short(signature)}", "```", ""]
            lines += [inspect.cleandoc(each.__doc__ or ""), ""]
    return "\n".join(lines)


def _short(signature: str) -> str:
    """A signature without the modules of its types."""
    plain = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])", "", signature)
    return re.sub(r"-> '(\w+)'", r"-> \1", re.sub(r"<\w+ object at \w+>", "SILENT", plain))


def _texts_of_fields(record: type) -> dict[str, str]:
    """The text that stands under each field of a record."""
    body = ast.parse(textwrap.dedent(inspect.getsource(record))).body[0].body
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def _unwrapped(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def stages_page() -> str:
    """What is made, from what, in which order."""
    lines = ["# Stages", "", "The pipeline on one page. Generated: `make docs`.", ""]
    lines += ["| stage | does | reads | writes |", "|---|---|---|---|"]
    for stage in STAGES:
        reads, writes = (", ".join(f"`{path}`" for path in paths) or "-" for paths in (stage.reads, stage.writes))
        reads += "".join(f", `{path}` before the fit" for path in stage.reads_before_fit)
        lines.append(f"| {stage.name} | {stage.doing} | {reads} | {writes} |")
    return "\n".join([*lines, ""])


def api_page() -> str:
    """Every route of the API, from its OpenAPI schema."""
    from sqlalchemy import create_engine

    from holdfast.interfaces.api.app import create_app
    from holdfast.service.results_database import PublishedResults

    schema = create_app(PublishedResults(create_engine("sqlite://"))).openapi()
    lines = [
        "# The HTTP API",
        "",
        f"{schema['info']['description']} `holdfast serve DIR` answers it; the whole schema is at `/openapi.json`.",
        "Errors are RFC 9457 problem details (`application/problem+json`) with a `fix`. Generated: `make docs`.",
        "",
    ]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            lines += [f"## {method.upper()} {path}", "", operation.get("description", ""), ""]
            lines += [*_parameters(operation), *_answer_fields(operation, schema["components"]["schemas"])]
    return "\n".join(lines)


def _parameters(operation: dict[str, Any]) -> list[str]:
    if "parameters" not in operation:
        return []
    rows = [
        f"| `{each['name']}` | {'yes' if each.get('required') else 'no'} | {_kind(each['schema'])} |"
        for each in operation["parameters"]
    ]
    return ["| parameter | required | what it takes |", "|---|---|---|", *rows, ""]


def _kind(schema: dict[str, Any]) -> str:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    values = [f"`{value}`" for option in options for value in option.get("enum", [])]
    words = ", ".join(values) or " or ".join(str(option.get("type", "")) for option in options)
    limits = [
        f"{word} {options[0][key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in options[0]
    ]
    return " ".join([words, *limits])


def _answer_fields(operation: dict[str, Any], models: dict[str, Any]) -> list[str]:
    success = next(response for status, response in operation["responses"].items() if status.startswith("2"))
    content = success.get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("items", content).get("$ref", "").rpartition("/")[2]
    if not name:
        return []
    rows = [f"| `{field}` | {detail.get('description', '')} |" for field, detail in models[name]["properties"].items()]
    listed = "A list, each with" if "items" in content else "An object with"
    return [f"{listed}:", "", "| field | meaning |", "|---|---|", *rows, ""]


PAGES = {
    "features.md": reference_page,
    "checks.md": checks_page,
    "kpis.md": kpi_definitions,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "python.md": python_page,
    "stages.md": stages_page,
    "predictions.md": outputs_page,
    "bi-files.md": bi_page,
    "exports.md": exports_page,
    "api.md": api_page,
}


def main() -> int:
    """Write every page; with --check, only say which are out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{'out of date' if '--check' in sys.argv else 'written'}: {', '.join(stale) or 'nothing'}\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
