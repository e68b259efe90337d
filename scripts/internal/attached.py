# Runs the program of its arguments until it ends, or until its own standard input closes: so it ends with whoever started it.
import subprocess
import sys
import threading

program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)


def end():
    sys.stdin.buffer.read()
    program.kill()


threading.Thread(target=end, daemon=True).start()
sys.exit(program.wait())
