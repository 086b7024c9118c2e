"""Downloads an IMAP mailbox with imaplib: imap_download.py HOST PORT USER PASSWORD DIRECTORY MODE

A message that the server answers with NO leaves a file "NNNN.refused"."""
import imaplib
import os
import re
import sys

host, port, user, password, directory, mode = sys.argv[1:]
CHUNK = 1_000_000

client = imaplib.IMAP4(host, int(port), timeout=60)
if mode == "authenticate":
    client.authenticate("PLAIN", lambda _: b"\0" + user.encode() + b"\0" + password.encode())
else:
    client.login(user, password)
count = int(client.select("INBOX", readonly=False)[1][0])
numbers = [int(number) for number in client.search(None, "ALL")[1][0].split()]
assert len(numbers) == count, (numbers, count)
uids = [int(uid) for uid in client.uid("SEARCH", "ALL")[1][0].split()]


def store(number, content):
    with open(os.path.join(directory, "%04d" % number), "wb") as file:
        file.write(content)


def refuse(number, answer):
    with open(os.path.join(directory, "%04d.refused" % number), "w") as file:
        file.write(repr(answer))


def literals(answer):
    return [item[1] for item in answer if isinstance(item, tuple)]


def fetch(number, items, take=lambda parts: parts[0]):
    status, answer = client.fetch(str(number), items)
    if status == "OK" and literals(answer):
        store(number, take(literals(answer)))
    else:
        refuse(number, answer)


def fetch_set(status_and_answer, key):
    status, answer = status_and_answer
    assert status == "OK", answer
    for head, content in (item for item in answer if isinstance(item, tuple)):
        if key == "UID":
            number = uids.index(int(re.search(rb"UID (\d+)", head).group(1))) + 1
        else:
            number = int(head.split()[0])
        store(number, content)


def chunks(number):
    content = b""
    while True:
        status, answer = client.fetch(str(number), "BODY.PEEK[]<%d.%d>" % (len(content), CHUNK))
        found = literals(answer) if status == "OK" else None
        if found is None:
            return refuse(number, answer)
        content += b"".join(found)
        if not found or len(found[0]) < CHUNK:
            return store(number, content)


if mode in ("body", "authenticate"):
    for number in numbers:
        fetch(number, "(BODY[])")
elif mode == "peek":
    for number in numbers:
        fetch(number, "(UID FLAGS BODY.PEEK[])")
elif mode == "rfc822":
    for number in numbers:
        fetch(number, "(RFC822)")
elif mode == "sequence-set":
    fetch_set(client.fetch("1:3,5:%d,4" % count, "(FLAGS BODY.PEEK[])"), "SEQ")
elif mode == "uid-set":
    fetch_set(client.uid("FETCH", "%d:*" % uids[0], "(UID RFC822.SIZE BODY.PEEK[])"), "UID")
elif mode == "header-text":
    for number in numbers:
        fetch(number, "(RFC822.HEADER BODY.PEEK[TEXT])", lambda parts: b"".join(parts))
elif mode == "chunks":
    for number in numbers:
        chunks(number)
else:
    raise SystemExit("unknown mode " + mode)
client.close()
client.logout()
