"""Files of weights: found, known by what they hold, converted, and put into networks."""
