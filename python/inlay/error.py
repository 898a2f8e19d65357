class TaskError(ValueError):
    """A task that cannot be used as asked: one message with what was expected, what was found and what to do."""
