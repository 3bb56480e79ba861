"""What the server can do, one file each: from a document and a place to what an editor shows. Nothing here waits."""
