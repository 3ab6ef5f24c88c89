/** Certificates that this process trusts for a while, as NODE_EXTRA_CA_CERTS does for one of its own. */
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/** `using _ = trust(sandbox.certificate)`; without a certificate nothing happens. */
export const trust = (
	certificate: { readonly pem: string } | undefined,
): Disposable => {
	const change = (to: (trusted: string[]) => string[]) => {
		if (certificate) setDefaultCACertificates(to(getCACertificates("default")));
	};
	const added = certificate?.pem.trim();
	change((trusted) => [...trusted, added ?? ""]);
	return {
		[Symbol.dispose]: () =>
			change((trusted) => trusted.filter((one) => one.trim() !== added)),
	};
};
