"""One file = one step name. Importing the package registers them all."""

from workers.tasks import bench, deploy, generate, load, measure, night, package, publish, validate

__all__ = ["bench", "deploy", "generate", "load", "measure", "night", "package", "publish", "validate"]
