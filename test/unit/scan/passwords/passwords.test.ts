import { describe, expect, test } from "vitest";
import { passwordLimits } from "../../../../src/core/scan-limits.ts";
import type { MessageTexts } from "../../../../src/scan/message-texts.ts";
import { passwordList } from "../../../../src/scan/passwords.ts";

describe("passwordList()", () => {
  test.each([
    ["The password is: Zebra-4711", "Zebra-4711"],
    ["Password: Zebra-4711.", "Zebra-4711"],
    ["password=Zebra-4711", "Zebra-4711"],
    ["pwd:Zebra-4711", "Zebra-4711"],
    ["Your PIN: 4711", "4711"],
    ["Das Passwort lautet Zebra-4711", "Zebra-4711"],
    ["Kennwort: Zebra-4711", "Zebra-4711"],
    ["Mot de passe : Zebra-4711", "Zebra-4711"],
    ["Hasło do archiwum: Zebra-4711", "Zebra-4711"],
    ["haslo Zebra-4711", "Zebra-4711"],
    ["Contraseña: Zebra-4711", "Zebra-4711"],
    ["a senha é Zebra-4711", "Zebra-4711"],
    ["Пароль: Zebra-4711", "Zebra-4711"],
    ["解压密码：4711", "4711"],
    ["パスワード：4711", "4711"],
    ["Password:\r\n\r\n  Zebra-4711  \r\nBye", "Zebra-4711"],
    ["Zebra-4711 is the password", "Zebra-4711"],
    ['the password is "Zebra-4711"', "Zebra-4711"],
    ["Password: 4\u200b7\u200b11", "4711"],
    ["password: P@ss!", "P@ss!"],
    ["Password: two words", "two words"],
  ])("has among the first what %j calls a password", (text, word) => {
    expect(passwordList(texts({ bodies: [text] }), []).words.slice(0, 8)).toContain(word);
  });

  test.each([
    [{ bodies: ["open it with “Zebra”, please"] }, "Zebra"],
    [{ bodies: ["use 4711-x."] }, "4711"],
    [{ subjects: ["invoice Zebra"] }, "Zebra"],
    [{ fileNames: ["scan_Zebra.zip"] }, "Zebra"],
    [{ fileNames: ["scan_Zebra.zip"] }, "scan_Zebra"],
    [{ senders: ["Bob <bob@zebra.example.org>"] }, "zebra.example.org"],
  ])("has other words of the message too: %j", (given, word) => {
    const list = passwordList(texts(given), []);
    expect(list.words).toContain(word);
    expect(list.isOfMessage(word)).toBe(true);
  });

  test("takes turns between the message, the user's list and customary words after what is called a password", () => {
    const bodies = ["password: first. Other things are said with many words here."];
    const { words, isOfMessage } = passwordList(texts({ bodies }), ["of the list", "another"]);
    expect(words[0]).toBe("first");
    for (const word of ["of the list", "another", "infected"]) {
      expect(words.indexOf(word)).toBeGreaterThan(0);
      expect(words.indexOf(word)).toBeLessThan(40);
      expect(isOfMessage(word)).toBe(false);
    }
  });

  test("has every word once", () => {
    const { words } = passwordList(texts({ bodies: ["password: infected infected"], subjects: ["infected"] }), [
      "infected",
    ]);
    expect(words.filter((word) => word === "infected")).toHaveLength(1);
  });

  test("keeps to the limits of number and length", () => {
    const long = "x".repeat(passwordLimits.wordCharacters + 1);
    const bodies = [`${long} ${Array.from({ length: 5_000 }, (_, index) => `word${index}`).join(" ")}`];
    const list = Array.from({ length: passwordLimits.listWords + 5 }, (_, index) => `list ${index}`);
    const { words, isOfMessage } = passwordList(texts({ bodies }), list);
    expect(words.filter(isOfMessage)).toHaveLength(passwordLimits.words);
    expect(words.filter((word) => word.startsWith("list "))).toHaveLength(passwordLimits.listWords);
    expect(words).not.toContain(long);
  });

  test.each([
    ["dots", ".".repeat(200_000)],
    ["quotes", '"'.repeat(200_000)],
    ["hints", "password:".repeat(20_000)],
    ["colons", `pwd${":".repeat(200_000)}`],
    ["blanks", " ".repeat(200_000)],
    ["one word", "x".repeat(200_000)],
    ["hints without line ends", "password is is is ".repeat(10_000)],
  ])("takes little time for many %s", (_name, text) => {
    const start = performance.now();
    passwordList(texts({ bodies: [text], subjects: [text.slice(0, 1000)] }), []);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

function texts(given: Partial<MessageTexts>): MessageTexts {
  return { bodies: [], subjects: [], senders: [], fileNames: [], ...given };
}
