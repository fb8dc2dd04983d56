"""What every other package stands on: money, instants, text, errors, logs, settings, the clock."""
