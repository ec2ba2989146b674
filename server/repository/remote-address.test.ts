import { describe, expect, test } from "vitest";
import { parseRemoteUrl, type RemoteRules } from "./remote-address";

const strict: RemoteRules = { trustLoopback: false, privateHosts: [], allowedHosts: null };

describe("addresses of remotes", () => {
  test.each([
    ["http://git.example.com/x.git"],
    ["ssh://git@git.example.com/x.git"],
    ["git@git.example.com:x.git"],
    ["git://git.example.com/x.git"],
    ["file:///etc/passwd"],
    ["/srv/repo.git"],
    ["ext::sh -c id"],
    ["https://user:secret@git.example.com/x.git"],
    ["https://git.example.com/x.git?a=b"],
    ["https://git.example.com/x.git#a"],
    ["https://127.0.0.1/x.git"],
    ["https://0x7f000001/x.git"],
    ["https://0177.0.0.1/x.git"],
    ["https://2130706433/x.git"],
    ["https://[::1]/x.git"],
    ["https://[::ffff:127.0.0.1]/x.git"],
    ["https://[::ffff:a9fe:a9fe]/x.git"],
    ["https://[64:ff9b::a9fe:a9fe]/x.git"],
    ["https://[fe80::1]/x.git"],
    ["https://[fd00::1]/x.git"],
    ["https://[2002:7f00:1::]/x.git"],
    ["https://169.254.169.254/latest/meta-data"],
    ["https://10.0.0.8/x.git"],
    ["https://172.16.3.4/x.git"],
    ["https://192.168.1.1/x.git"],
    ["https://100.64.0.1/x.git"],
    ["https://0.0.0.0/x.git"],
    ["https://localhost/x.git"],
    ["http://localhost:3000/x.git"],
  ])("%s is refused", (address) => {
    expect(() => parseRemoteUrl(address, strict)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  test("https to a public host is allowed; loopback http only where it is trusted; a list of hosts is the whole list", () => {
    expect(parseRemoteUrl("https://github.com/team/x.git", strict).hostname).toBe("github.com");
    expect(parseRemoteUrl("http://127.0.0.1:8080/x.git", { ...strict, trustLoopback: true }).port).toBe("8080");
    expect(parseRemoteUrl("https://10.0.0.8/x.git", { ...strict, privateHosts: ["10.0.0.8"] }).hostname).toBe(
      "10.0.0.8",
    );
    expect(() =>
      parseRemoteUrl("https://169.254.169.254/x.git", { ...strict, privateHosts: ["169.254.169.254"] }),
    ).toThrow();
    expect(() =>
      parseRemoteUrl("https://github.com/team/x.git", { ...strict, allowedHosts: ["git.corp.example"] }),
    ).toThrow("not allowed");
  });
});
