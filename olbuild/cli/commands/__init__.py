"""One module per command, named in ``olbuild.cli.table`` and loaded when the command is called.

The function has the command's name; its parameters are what typer parses, its docstring is the help, and what stands
behind ``Examples:`` in the docstring is shown as such and run by the tests of the documentation. A parameter
``session`` stands for the options that every command has.
"""
