"""From a Modelfile to an artifact in the store: resolve the inputs, plan the steps, execute the plan."""
