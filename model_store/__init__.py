"""From a weights file to an archive that TorchServe runs; knows neither web nor database."""
