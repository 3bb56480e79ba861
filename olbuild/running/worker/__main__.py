"""``python -m olbuild.running.worker``: standard input is the socket of a manager."""

from olbuild.running.worker.loading import BundleLoader
from olbuild.running.worker.serve import serve

if __name__ == "__main__":
    serve(BundleLoader())
