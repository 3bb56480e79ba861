"""What a manager and its workers say to each other, and how that goes through a socket."""
