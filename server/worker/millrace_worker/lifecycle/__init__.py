"""Runner, template, session, query: who forks whom, who reads what, and how each of them ends."""
