"""The municipal roll-up's parts: who filed, what each unit says, and one module a sheet or family of sheets."""
