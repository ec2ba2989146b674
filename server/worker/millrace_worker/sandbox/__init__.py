"""The kernel's layers around code that is not ours: limits, user, Landlock, seccomp, and who may be connected to."""
