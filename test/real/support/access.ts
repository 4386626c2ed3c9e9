/** How this machine reaches registries: proxies and certificates. */
export const access = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /_proxy$|^SSL_CERT|_CA_CERTS$|^PIP_/i.test(name) ? [[name, value]] : [],
    ),
  );
