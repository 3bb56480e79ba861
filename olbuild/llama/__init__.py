"""Find, check, bind and install llama.cpp. Nothing else in olbuild touches the package ``llama_cpp``."""
