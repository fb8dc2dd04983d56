"""Events of campaigns' messages: from senders, into counters and credit."""
