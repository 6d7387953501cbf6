"""Finding things by name: the interface of detectors, phrases, and the names that nano-names was taught."""
