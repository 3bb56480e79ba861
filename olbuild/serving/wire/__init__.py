"""What the HTTP APIs take and give, as structs, and JSON as Go's clients and servers write it."""
