/**
 * Ends a family of processes when their parent goes away. The parent writes `+ PID SIGNAL` and `- PID` lines to this
 * process's standard input; at end of file (the parent ended, by whatever means) the groups that are left get their
 * signal, and SIGKILL after a while. Runs in its own session, so Ctrl-C in the terminal does not reach it.
 */
const graceMilliseconds = 8000;
const family = new Map();
let rest = "";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const [action, pid, signal] = line.split(" ");
    if (action === "+") family.set(Number(pid), signal);
    else family.delete(Number(pid));
  }
});
process.stdin.on("end", endFamily);

async function endFamily() {
  // The last started first: the web process before its database.
  for (const [pid, signal] of [...family].reverse()) {
    if (!send(pid, signal)) continue;
    const deadline = Date.now() + graceMilliseconds;
    while (send(pid, 0) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    send(pid, "SIGKILL");
  }
  process.exit(0);
}

/** False when the group is gone. */
function send(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error.code === "ESRCH" || error.code === "EPERM") return false;
    throw error;
  }
}
