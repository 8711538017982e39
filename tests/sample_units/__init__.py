"""The sample units: what each files (one YAML a unit) and how it is written down, in several layouts."""
