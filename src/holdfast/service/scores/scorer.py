"""A warm scorer: the models of a run loaded once, one customer's records in, the customer's prediction out."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.cutoffs.schedule import Schedule
from holdfast.decisions.eligibility import BUDGET, CAPACITY
from holdfast.errors import HoldfastError, NotFoundError
from holdfast.features.build import build
from holdfast.features.engine.jit import load_machine_code
from holdfast.features.library.choose import features_as_trained
from holdfast.features.library.schema import facts_from_record
from holdfast.formatting import percent
from holdfast.models.trees.walks import load_machine_code as load_tree_walks
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.stored_models import StoredModels, assess_customers, decide_each, states_to_score
from holdfast.quality.clean import clean
from holdfast.quality.new_rows import refuse_strange
from holdfast.quality.parsing.spelling import Spelling
from holdfast.service.results import NOT_IN_JSON, Result, plain_values
from holdfast.service.scores.facts import ModelFacts
from holdfast.service.scores.layout import RecordLayout, Records
from holdfast.service.scores.new_rows import (
    MAY_LACK,
    RULES,
    breaks_a_rule,
    column_record,
    notes_of,
    refuse_wrong_numbers,
    rows_in_training_notation,
)
from holdfast.service.scores.plain_customers import PlainCustomers
from holdfast.service.scores.refusals import of_an_erased_customer, only_one, predictable, refusals
from holdfast.service.scores.scope import customer_columns, edges_of_run
from holdfast.service.scores.together import CleanedCustomers, ReadTogether, SentRecords, grouped, in_their_order
from holdfast.service.scores.what_if import facts_of_customer, what_if
from holdfast.service.scores.what_if_answers import CustomerFacts, WhatIf
from holdfast.settings import ChurnRule, Settings
from holdfast.store.artifacts import read_json
from holdfast.store.erasure.tombstones import load_tombstones
from holdfast.store.pseudonyms import Pseudonyms, load_pseudonyms
from holdfast.store.runs import prove

if TYPE_CHECKING:
    from holdfast.features.spec import Feature
    from holdfast.service.project import Project

RANK = "priority"  # among the customers of a list; nobody has one alone


@dataclass(frozen=True)
class CustomerPrediction(Result):
    """What the models say of one customer's records."""

    run: str
    """the run whose models answered"""
    values: Mapping[str, Any] = field(metadata={"json": "customer"})
    """the columns of docs/reference/predictions.md but priority, which is a rank in a list"""
    notes: tuple[str, ...]
    """rows set aside, values that the models do not know, what the plan of the run decided otherwise"""
    columns: tuple[Mapping[str, Any], ...]
    """columns with values that the run did not know, as in `holdfast score --json`"""
    table: pl.DataFrame = field(metadata=NOT_IN_JSON)  # (1, ...) the same
    is_plain: bool = field(metadata=NOT_IN_JSON)  # whether there was nothing to clean in the records

    @property
    def sentence(self) -> str:
        row = self.values
        return f"Customer {row['customer_id']}: churn probability {percent(row['churn_probability'])}."


@dataclass(frozen=True)
class Scorer:
    """What answers about one customer at a time; nothing is fitted, nothing is written."""

    project: "Project"
    run: Path
    models: StoredModels
    settings: Settings  # in the notation of the run
    schedule: Schedule | None  # None: a labelled snapshot
    cutoff: datetime | None
    features: tuple["Feature", ...]
    edges: Mapping[str, pl.Series]  # of scores, among the customers of the run
    layout: RecordLayout
    plain: PlainCustomers  # whose records need no cleaning
    id_columns: Mapping[str, str] | None  # table -> the column that names the customer; None: no column alone does
    spellings: Mapping[str, Mapping[str, Spelling]]
    train: str  # the command that trains again
    predictions: pl.DataFrame
    positions: Mapping[str, int]  # customer -> row of `predictions`
    pseudonyms: Pseudonyms | None  # in which the run is written

    @classmethod
    def of(cls, project: "Project") -> "Scorer":
        """The scorer of a project's latest run.

        Raises:
            HoldfastError: no run yet, a run of an earlier version, a damaged file, or features that were changed since.
        """
        run = project.latest
        load_machine_code()
        load_tree_walks()  # or the first who wait together would wait for it
        models, timeline = StoredModels.of(run), read_json(run / "timeline.json")
        settings = models.window.applied_to(models.columns.as_read(project.settings))
        train = f"holdfast run {project.folder}"
        facts = facts_from_record(read_json(run / "facts.json"))
        features = features_as_trained(facts, project.settings, models.feature_records, train)
        raw, _ = raw_tables(project.folder, read_json(run / "raw.json"))
        prove(run, "predictions.parquet")
        predictions = pl.read_parquet(run / "predictions.parquet")
        moment, layout = timeline["moment"], RecordLayout.of(raw, settings)
        return cls(
            project=project,
            run=run,
            models=models,
            settings=settings,
            schedule=Schedule.from_record(timeline),
            cutoff=datetime.fromisoformat(moment) if moment else None,
            features=features,
            edges=edges_of_run(run, features),
            layout=layout,
            plain=PlainCustomers.of(layout, settings, models.columns),
            id_columns=customer_columns(settings),
            spellings=models.columns.spellings,
            train=train,
            predictions=predictions,
            positions={name: row for row, name in enumerate(predictions["customer_id"].to_list())},
            pseudonyms=load_pseudonyms(settings),
        )

    def stored(self, customer_id: str) -> dict[str, Any]:
        """What the run predicted for a customer: the columns of predictions.parquet.

        Raises:
            NotFoundError: the run predicted nothing for that id.
            HoldfastError: the customer was erased since.
        """
        self._refuse_erased(customer_id)
        row = self.positions.get(self.written_as(customer_id))
        if row is None:
            raise NotFoundError(
                f"No customer {customer_id!r} in the latest run.", fix="Send the customer's records instead."
            )
        return self.predictions.row(row, named=True)

    def written_as(self, customer_id: str) -> str:
        """How the run writes a customer."""
        return customer_id if self.pseudonyms is None else self.pseudonyms.of(customer_id)

    def facts(self, customer_id: str) -> CustomerFacts:
        """The facts that the churn model looks at, with a customer's values and what is usual.

        Raises:
            NotFoundError: the run predicted nothing for that id.
            HoldfastError: the customer was erased since.
        """
        return facts_of_customer(self, customer_id)

    def what_if(self, customer_id: str, changes: Mapping[str, Any]) -> WhatIf:
        """What the models say of a customer before and after some facts are changed: how they behave, no effect.

        Args:
            customer_id: as in the run.
            changes: name of a fact of `facts` -> value.

        Raises:
            NotFoundError: the run predicted nothing for that id.
            HoldfastError: the customer was erased since, or changes that make no sense.
        """
        return what_if(self, customer_id, changes)

    @cached_property
    def model_facts(self) -> ModelFacts:
        """What the churn model looks at."""
        prove(self.run, "features.parquet")
        return ModelFacts.of(self.run, self.features, self.models.churn)

    def tables_of(self, customer_id: str) -> dict[str, pl.DataFrame]:
        """The cleaned records of one customer, as the run had them."""
        return {
            file.stem: pl.scan_parquet(file).filter(pl.col("customer_id") == customer_id).collect()
            if "customer_id" in pl.read_parquet_schema(file)
            else pl.read_parquet(file)
            for file in self._table_files
        }

    @cached_property
    def _table_files(self) -> tuple[Path, ...]:
        prove(self.run, "tables/")
        return tuple(sorted((self.run / "tables").glob("*.parquet")))

    def predict(
        self, records: Records, *, cutoff: datetime | None = None, with_reasons: bool = True
    ) -> CustomerPrediction:
        """Predict one customer from the customer's records alone, as the run would have.

        Args:
            records: table -> rows: all that is known of the customer, in the columns of the project's files.
            cutoff: what happened or became known later is not looked at; None: the cutoff of the run.
            with_reasons: whether to say why; without takes less time.

        Raises:
            HoldfastError: records that do not fit the project, of nobody or several customers, or of somebody whom a
                run would not predict; values that the models were not trained on, beyond a few.
        """
        (answer,) = self.predict_each([records], cutoff=cutoff, with_reasons=with_reasons)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def predict_each(
        self, several: Sequence[Records], *, cutoff: datetime | None = None, with_reasons: bool = True
    ) -> list[CustomerPrediction | Exception]:
        """Predict customers, each from its records alone, in about the time that one takes.

        Each gets to the last bit what `predict` gives, whoever the others are.

        Args:
            several: the records of each customer.
            cutoff: of all; as in `predict`.
            with_reasons: whether to say why.

        Returns:
            What `predict` returns or raises, in the order of `several`.
        """
        requested = grouped(several, self.layout, self.id_columns)
        answers = dict[int, CustomerPrediction | Exception](requested.refused)
        for group in requested.groups:
            answered = self._answers([same.records for same in group], cutoff, with_reasons=with_reasons)
            for same, answer in zip(group, answered, strict=True):
                answers |= dict.fromkeys(same.positions, answer)
        return [answers[position] for position in range(len(several))]

    def _answers(
        self, several: Sequence[SentRecords], cutoff: datetime | None, *, with_reasons: bool
    ) -> list[CustomerPrediction | Exception]:
        """Of customers in one pass: those whose records are plain, then the others."""
        # In the order of ids nothing that is worked out has to be put into another one.
        by_name = sorted(range(len(several)), key=lambda position: several[position].name or "")
        read = self.plain.read([several[position].columns for position in by_name])
        answers: dict[int, CustomerPrediction | Exception] = {}
        if read:
            positions = [by_name[index] for each in read for index in each.positions]
            # Whatever is wrong with one of them is said by the way that all records can go.
            with suppress(Exception):
                predicted = self._predicted(self.plain.cleaned(read), cutoff, with_reasons=with_reasons)
                answers |= zip(positions, predicted, strict=True)
        others = [position for position in range(len(several)) if position not in answers]
        if others:
            again = [several[position] for position in others]
            answers |= zip(others, self._answers_cleaned(again, cutoff, with_reasons=with_reasons), strict=True)
        return [answers[position] for position in range(len(several))]

    def _answers_cleaned(
        self, several: Sequence[SentRecords], cutoff: datetime | None, *, with_reasons: bool
    ) -> list[CustomerPrediction | Exception]:
        """Of customers in one pass; where one of them is a special case, of parts of them."""
        strange: frozenset[int] = frozenset()
        try:
            read = self._read(several)
            strange = read.strange if len(several) > 1 else strange
            cleaned = None if strange else self._cleaned(read, several)
            if cleaned is not None:
                return self._predicted(cleaned, cutoff, with_reasons=with_reasons)
        except Exception as error:  # noqa: BLE001 (whatever it is, it harms no other customer's answer)
            if len(several) == 1:
                return [error]
        if strange:
            usual = [position for position in range(len(several)) if position not in strange]
            parts = [*([usual] if usual else []), *([position] for position in sorted(strange))]
        else:
            half = len(several) // 2
            parts = [[*range(half)], [*range(half, len(several))]]
        answers: dict[int, CustomerPrediction | Exception] = {}
        for positions in parts:
            own = [several[position] for position in positions]
            answers |= zip(positions, self._answers_cleaned(own, cutoff, with_reasons=with_reasons), strict=True)
        return [answers[position] for position in range(len(several))]

    def _read(self, several: Sequence[SentRecords]) -> ReadTogether:
        sent = self.layout.frames([records.columns for records in several])
        frames = {name: [frame] for name, frame in sent.items()}
        return ReadTogether.of(rows_in_training_notation(frames, self.models.columns, self.settings), several)

    def _cleaned(self, read: ReadTogether, several: Sequence[SentRecords]) -> CleanedCustomers | None:
        """The cleaned records of customers; None where some of them are to be looked at by themselves.

        Raises:
            HoldfastError: as `predict`; of several, something is wrong with some of them.
        """
        counts = read.counts()
        refuse_strange((count for each in counts for count in each), self.settings.accept, self.train)
        spellings = {table: dict(columns) for table, columns in self.spellings.items()}
        raw = {**self.layout.beside, **self.layout.empty}
        for name, rows in read.tables.items():
            spellings[name] = {**spellings.get(name, {}), **rows.spellings}
            raw[name] = rows.rows
        cleaned = clean(raw, self.settings, may_lack=MAY_LACK, spellings=spellings, rules=RULES, before=read.before)
        refuse_wrong_numbers(cleaned, self.settings)
        if len(several) == 1:
            ids = [only_one(cleaned.tables["customers"]["customer_id"])]
        else:
            ordered = in_their_order(cleaned.tables["customers"]["customer_id"], several)
            if ordered is None or breaks_a_rule(cleaned, self.settings):
                return None
            ids = ordered
        return CleanedCustomers(ids, cleaned.tables, counts, read.set_aside(cleaned.set_aside))

    def _predicted(
        self, cleaned: CleanedCustomers, cutoff: datetime | None, *, with_reasons: bool
    ) -> list[CustomerPrediction | Exception]:
        """The answers about customers in one pass.

        Raises:
            HoldfastError: as `predict`.
        """
        schedule, moment = self._at(cutoff)
        tables, ids = cleaned.tables, cleaned.ids
        states = states_to_score(self.models, tables, self.settings, schedule)
        refused = refusals(ids, states, load_tombstones(self.project.folder), moment)
        if self.pseudonyms is not None:
            tables, ids = self.pseudonyms.tables(tables), [*map(self.written_as, ids)]
            states = states.with_columns(self.pseudonyms.column(states["customer_id"]))
            refused = {self.written_as(each): error for each, error in refused.items()}
        # In the order of ids nothing that is measured has to be put into another one.
        predicted = sorted(each for each in ids if each not in refused)
        customers = pl.Series("customer_id", predicted, dtype=pl.String)
        if not len(customers):
            return [refused[each] for each in ids]
        features = build(tables, self.features, customers, [moment], 1, self.edges)
        assessed = assess_customers(
            self.models, features, tables, self.settings, schedule, with_reasons=with_reasons, states=states
        )
        table = decide_each(self.models, assessed, self.settings)
        table = table[[name for name in table.columns if name != RANK]]
        positions = {name: row for row, name in enumerate(table["customer_id"])}
        # Column by column: half the processor time of rows.
        rows = zip(*(column.to_list() for column in table), strict=True)
        values = [dict(zip(table.columns, row, strict=True)) for row in rows]
        answers: list[CustomerPrediction | Exception] = []
        for each, count, aside in zip(ids, cleaned.counts, cleaned.set_aside, strict=True):
            if each in refused:
                answers.append(refused[each])
                continue
            row = positions[each]
            notes = (*notes_of(aside, count), *self._of_the_plan(each, values[row].get("offer")))
            columns = tuple(column_record(each_column) for each_column in count)
            answers.append(
                CustomerPrediction(
                    run=self.run.name,
                    values=plain_values(values[row]),
                    notes=notes,
                    columns=columns,
                    table=table.slice(row, 1),
                    is_plain=cleaned.are_plain,
                )
            )
        return answers

    def _at(self, cutoff: datetime | None) -> tuple[Schedule | None, datetime | None]:
        if cutoff is None:
            return self.schedule, self.cutoff
        if self.schedule is None:
            raise HoldfastError("A labelled snapshot knows no time.", fix="Leave the cutoff out.")
        return replace(self.schedule, scoring=cutoff), cutoff

    def refuse_unpredictable(self, customer: str, tables: Mapping[str, pl.DataFrame]) -> None:
        """Refuse changed records by which a customer would be nobody whom a run predicts.

        Raises:
            HoldfastError: the customer would have lapsed, or not have begun.
        """
        states = states_to_score(self.models, tables, self.settings, self.schedule)
        if self.settings.churn.rule is not ChurnRule.LABEL and customer not in predictable(states):
            raise HoldfastError(
                f"With these facts no prediction would be made of {customer!r}: the customer would have lapsed, or not "
                "have begun.",
                fix="Change less: only customers who could still leave are predicted.",
            )

    def _refuse_erased(self, customer: str) -> None:
        if load_tombstones(self.project.folder).covers(customer):
            raise of_an_erased_customer()

    def _of_the_plan(self, customer: str, offer: str | None) -> tuple[str, ...]:
        """What the plan of the run, in which all customers share the money, decided otherwise."""
        row = self.positions.get(customer)
        if row is None or offer is None:
            return ()
        outside = self.predictions["outside_plan"][row]
        if outside not in {BUDGET, CAPACITY}:
            return ()
        return (f"By itself the offer pays ({offer}); the run's {outside} went to others, who would lose more.",)
