"""Code to put before a program: it dies of SIGKILL at a chosen change of the disk."""

# Kills the process without warning just before the n-th call that changes what stands on the disk.
DIES = """
import os, signal, sys
left = int(sys.argv.pop(1))
def mortal(call):
    def called(*args, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **named)
    return called
for name in ("replace", "rename", "fsync", "link", "symlink", "mkdir", "unlink"):
    setattr(os, name, mortal(getattr(os, name)))
"""
