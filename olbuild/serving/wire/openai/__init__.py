"""The OpenAI API: requests as it has them become ours, and events of ours become what its clients expect."""
