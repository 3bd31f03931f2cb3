"""What can go wrong between a weights file and its archive, in a person's words."""


class ModelStoreError(Exception):
    """Base of all named errors here; `hint` says what to do, `traceback` is the child's own when there is one."""

    def __init__(self, message: str, hint: str = "", traceback: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.traceback = traceback


class ManifestError(ModelStoreError):
    """The manifest is no contract that we can keep."""


class CheckpointError(ModelStoreError):
    """The weights file cannot be read, does not fit its family, or fails when it runs."""


class PackageError(ModelStoreError):
    """The archive cannot be built or is not what its name says."""
