"""What every section of the settings is."""

from pydantic import BaseModel, ConfigDict


class SettingsPart(BaseModel):
    """A section of the settings: frozen; unknown names, infinite numbers and NaN are refused."""

    # The text under a field is its meaning; scripts/write_reference.py reads it, so that no command has to.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
