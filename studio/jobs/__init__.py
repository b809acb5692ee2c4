"""One file a job: run(config, reporter); no printing."""
