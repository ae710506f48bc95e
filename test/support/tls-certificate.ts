/**
 * A self-signed certificate for posthorn.test, valid until 2125, and its key. Both are for tests on the loopback
 * interface only and protect nothing. Made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes
 * -days 36500 -subj /CN=posthorn.test -addext subjectAltName=DNS:posthorn.test
 */
export const testHostname = 'posthorn.test';

export const testCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBoDCCAUegAwIBAgIUAUvvc6s0MsJjVnMk1QLquBmbqI4wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcG9zdGhvcm4udGVzdDAgFw0yNjExMjEyMDI3MzVaGA8yMTI2
MTAyODIwMjczNVowGDEWMBQGA1UEAwwNcG9zdGhvcm4udGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABO0e1pANj/AZwIU0lWp0yD86GR7YigXfHwm8ViBlEISm
3BhdXCiUNSAvQz8/EMVveZBY1ijRJW2Q5KPrD2jz1pCjbTBrMB0GA1UdDgQWBBTR
lKRmwOz2YSt657jMCb988cM43TAfBgNVHSMEGDAWgBTRlKRmwOz2YSt657jMCb98
8cM43TAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDXBvc3Rob3JuLnRlc3Qw
CgYIKoZIzj0EAwIDRwAwRAIgV4pIrJos874lSdeggK9fQNO6qV/Z8c5mbTnMCIwA
2dgCIEcOc67AiUMlUzs6unokXXZ7luuiK0O6z14E5QkaWFOK
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtC6qoh98HrOQKZMK
7mfUYPN3R+TMt7m+XOJTW58b/uihRANCAATtHtaQDY/wGcCFNJVqdMg/Ohke2IoF
3x8JvFYgZRCEptwYXVwolDUgL0M/PxDFb3mQWNYo0SVtkOSj6w9o89aQ
-----END PRIVATE KEY-----
`,
} as const;
