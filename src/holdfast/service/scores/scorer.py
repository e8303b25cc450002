"""A warm scorer: the models of a run loaded once, one customer's records in, the customer's prediction out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.cutoffs.population import departed, population
from holdfast.cutoffs.schedule import Schedule
from holdfast.decisions.eligibility import BUDGET, CAPACITY
from holdfast.errors import HoldfastError, NotFoundError
from holdfast.features.build import build
from holdfast.features.library.choose import features_as_trained
from holdfast.features.library.schema import facts_from_record
from holdfast.formatting import day, percent, plural
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.stored_models import StoredModels, predict_customers
from holdfast.quality.clean import clean
from holdfast.quality.new_rows import refuse_strange
from holdfast.quality.parsing.spelling import Spelling
from holdfast.service.results import NOT_IN_JSON, Result, plain_values
from holdfast.service.scores.layout import RecordLayout, Records
from holdfast.service.scores.new_rows import (
    MAY_LACK,
    RULES,
    column_record,
    notes_of,
    refuse_wrong_numbers,
    rows_in_training_notation,
)
from holdfast.service.scores.scope import edges_of_run
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json
from holdfast.store.erasure.tombstones import load_tombstones
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
    spellings: Mapping[str, Mapping[str, Spelling]]
    train: str  # the command that trains again
    predictions: pl.DataFrame
    positions: Mapping[str, int]  # customer -> row of `predictions`

    @classmethod
    def of(cls, project: "Project") -> "Scorer":
        """The scorer of a project's latest run.

        Raises:
            HoldfastError: no run yet, a run of an earlier version, a damaged file, or features that were changed since.
        """
        run = project.latest
        models, timeline = StoredModels.of(run), read_json(run / "timeline.json")
        settings = models.window.applied_to(models.columns.as_read(project.settings))
        train = f"holdfast run {project.folder}"
        facts = facts_from_record(read_json(run / "facts.json"))
        features = features_as_trained(facts, project.settings, models.feature_records, train)
        raw, _ = raw_tables(project.folder, read_json(run / "raw.json"))
        prove(run, "predictions.parquet")
        predictions = pl.read_parquet(run / "predictions.parquet")
        moment = timeline["moment"]
        return cls(
            project=project,
            run=run,
            models=models,
            settings=settings,
            schedule=Schedule.from_record(timeline),
            cutoff=datetime.fromisoformat(moment) if moment else None,
            features=features,
            edges=edges_of_run(run, features),
            layout=RecordLayout.of(raw, settings),
            spellings=models.columns.spellings,
            train=train,
            predictions=predictions,
            positions={name: row for row, name in enumerate(predictions["customer_id"].to_list())},
        )

    def stored(self, customer_id: str) -> dict[str, Any]:
        """What the run predicted for a customer: the columns of predictions.parquet.

        Raises:
            NotFoundError: the run predicted nothing for that id.
            HoldfastError: the customer was erased since.
        """
        self._refuse_erased(customer_id)
        row = self.positions.get(customer_id)
        if row is None:
            raise NotFoundError(
                f"No customer {customer_id!r} in the latest run.", fix="Send the customer's records instead."
            )
        return self.predictions.row(row, named=True)

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
        schedule, moment = self._at(cutoff)
        new = rows_in_training_notation(
            {name: [frame] for name, frame in self.layout.frames(records).items() if frame.height},
            self.models.columns,
            self.settings,
        )
        counts = tuple(count for rows in new.values() for count in rows.columns if count.says_something)
        refuse_strange(counts, self.settings.accept, self.train)
        spellings = {table: dict(columns) for table, columns in self.spellings.items()}
        raw = {**self.layout.beside, **self.layout.empty}
        for name, rows in new.items():
            spellings[name] = {**spellings.get(name, {}), **rows.spellings}
            raw[name] = rows.rows
        cleaned = clean(raw, self.settings, may_lack=MAY_LACK, spellings=spellings, rules=RULES)
        refuse_wrong_numbers(cleaned, self.settings)
        customer = self._customer(cleaned.tables, moment)
        features = build(cleaned.tables, self.features, pl.Series([customer]), [moment], 1, self.edges)
        table = predict_customers(
            self.models, features, cleaned.tables, self.settings, schedule, with_reasons=with_reasons
        ).drop(RANK)
        notes = (*notes_of(cleaned, counts), *self._of_the_plan(customer, table))
        columns = tuple(column_record(count) for count in counts)
        return CustomerPrediction(self.run.name, plain_values(table.row(0, named=True)), notes, columns, table)

    def _at(self, cutoff: datetime | None) -> tuple[Schedule | None, datetime | None]:
        if cutoff is None:
            return self.schedule, self.cutoff
        if self.schedule is None:
            raise HoldfastError("A labelled snapshot knows no time.", fix="Leave the cutoff out.")
        return replace(self.schedule, scoring=cutoff), cutoff

    def _customer(self, tables: Mapping[str, pl.DataFrame], cutoff: datetime | None) -> str:
        """The one customer that the records are of, whom a run would predict.

        Raises:
            HoldfastError: nobody, several, or somebody who is not in the population.
        """
        ids = tables["customers"]["customer_id"]
        if len(ids) != 1:
            shown = ", ".join(ids.head(3))
            raise HoldfastError(
                f"These records are of {plural(len(ids), 'customer')}{f': {shown}' if shown else ''}.",
                fix="Send the records of one customer, each with its customer and its time.",
            )
        self._refuse_erased(ids[0])
        customers = population(tables, self.settings, cutoff)
        left = departed(tables, self.settings, cutoff)
        if not len(customers.filter(~customers.is_in(left.implode()))):
            when = f" on {day(cutoff)}" if cutoff else ""
            raise HoldfastError(
                f"No prediction is made for customer {ids[0]!r}{when}: the customer has left, or is not one yet.",
                fix="Send records of a customer who could still leave.",
            )
        return str(ids[0])

    def _refuse_erased(self, customer: str) -> None:
        if load_tombstones(self.project.folder).covers(customer):
            raise HoldfastError(
                "These records are of an erased customer: nothing is computed of them.", fix="Send another customer."
            )

    def _of_the_plan(self, customer: str, table: pl.DataFrame) -> tuple[str, ...]:
        """What the plan of the run, in which all customers share the money, decided otherwise."""
        row = self.positions.get(customer)
        offer = table["offer"][0] if "offer" in table.columns else None
        if row is None or offer is None:
            return ()
        outside = self.predictions["outside_plan"][row]
        if outside not in {BUDGET, CAPACITY}:
            return ()
        return (f"By itself the offer pays ({offer}); the run's {outside} went to others, who would lose more.",)
