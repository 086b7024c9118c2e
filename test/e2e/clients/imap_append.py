"""Stores a message: imap_append.py HOST PORT USER PASSWORD MAILBOX FILE. Prints the server's answer."""

import imaplib
import sys

host, port, user, password, mailbox, file = sys.argv[1:]
with open(file, "rb") as opened:
    message = opened.read()
connection = imaplib.IMAP4(host, int(port))
connection.login(user, password)
status, texts = connection.append(mailbox, r"(\Seen)", '"17-Jul-1996 02:44:25 -0700"', message)
print(status, texts[-1].decode("latin1"))
connection.logout()
