"""The computation: which questions a night asks over all capabilities, and who is answered."""
