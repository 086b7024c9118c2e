"""Downloads a POP3 mailbox with poplib: pop3_download.py HOST PORT USER PASSWORD DIRECTORY MODE"""
import os
import poplib
import sys

host, port, user, password, directory, mode = sys.argv[1:]
# The default of 2048 refuses the mailbox's long lines, with and without a proxy.
poplib._MAXLINE = 10_000_000

client = poplib.POP3(host, int(port), timeout=60)
if mode != "no-capa":
    client.capa()
client.user(user)
client.pass_(password)
count, total = client.stat()
listed = client.list()[1]
assert len(listed) == count, (len(listed), count)
uidl = client.uidl()[1]
assert len(uidl) == count
for number in range(1, count + 1):
    if mode == "top":
        lines = client.top(number, 99999999)[1]
    else:
        lines = client.retr(number)[1]
    with open(os.path.join(directory, "%04d" % number), "wb") as file:
        file.write(b"".join(line + b"\r\n" for line in lines))
client.quit()
