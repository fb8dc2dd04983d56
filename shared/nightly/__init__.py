"""What the clock starts: jobs, the questions of a night, their results, and a task for each
organisation.
"""
