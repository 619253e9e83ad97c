import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.JWSSerializationType;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.jades.JAdESSignatureParameters;
import eu.europa.esig.dss.jades.signature.JAdESService;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.TimestampParameters;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.http.commons.TimestampDataLoader;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.signature.DocumentSignatureService;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.aia.DefaultAIASource;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Documents signed by EU DSS with a key of ours, our time-stamping authority, and status from where certificates say. */
final class DssSigner {
    private final CommonCertificateVerifier verifier;
    private final Map<String, Object> request;
    private final List<CertificateToken> chain = new ArrayList<>();
    private PrivateKey key;

    /** @param verifier with the trusted certificates */
    DssSigner(CommonCertificateVerifier verifier, Map<String, Object> request) throws Exception {
        this.verifier = verifier;
        this.request = request;
        verifier.setAIASource(new DefaultAIASource());
        verifier.setOcspSource(new OnlineOCSPSource());
        verifier.setCrlSource(new OnlineCRLSource());
        char[] password = text("password").toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(text("key"))) {
            store.load(file, password);
        }
        String alias = store.aliases().nextElement();
        key = (PrivateKey) store.getKey(alias, password);
        for (Certificate certificate : store.getCertificateChain(alias)) {
            chain.add(new CertificateToken((X509Certificate) certificate));
        }
    }

    /** Signs the file in the form and level of the request, and writes the result. */
    void sign() throws Exception {
        switch (text("sign")) {
            case "pades":
                sign(new PAdESService(verifier), new PAdESSignatureParameters(), "PAdES");
                return;
            case "xades":
                XAdESSignatureParameters xades = new XAdESSignatureParameters();
                xades.setSignaturePackaging(SignaturePackaging.ENVELOPED);
                sign(new XAdESService(verifier), xades, "XAdES");
                return;
            case "cades":
                CAdESSignatureParameters cades = new CAdESSignatureParameters();
                cades.setSignaturePackaging(SignaturePackaging.ENVELOPING);
                sign(new CAdESService(verifier), cades, "CAdES");
                return;
            case "jades":
                JAdESSignatureParameters jades = new JAdESSignatureParameters();
                jades.setSignaturePackaging(SignaturePackaging.ENVELOPING);
                jades.setJwsSerializationType(JWSSerializationType.JSON_SERIALIZATION);
                sign(new JAdESService(verifier), jades, "JAdES");
                return;
            case "asic-e":
                ASiCWithXAdESSignatureParameters asic = new ASiCWithXAdESSignatureParameters();
                asic.aSiC().setContainerType(ASiCContainerType.ASiC_E);
                sign(new ASiCWithXAdESService(verifier), asic, "XAdES");
                return;
            default:
                throw new IllegalArgumentException("unknown form " + text("sign"));
        }
    }

    private <T extends TimestampParameters, P extends AbstractSignatureParameters<?>> void sign(
            DocumentSignatureService<P, T> service, P parameters, String family) throws Exception {
        parameters.setSignatureLevel(SignatureLevel.valueOf(family + "_BASELINE_" + text("level")));
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(chain.get(0));
        parameters.setCertificateChain(chain);
        service.setTspSource(new OnlineTSPSource(text("tsa"), new TimestampDataLoader()));
        DSSDocument document = new FileDocument(text("file"));
        byte[] toBeSigned = service.getDataToSign(document, parameters).getBytes();
        SignatureAlgorithm algorithm = parameters.getSignatureAlgorithm();
        Signature signature = Signature.getInstance(algorithm.getJCEId());
        signature.initSign(key);
        signature.update(toBeSigned);
        SignatureValue value = new SignatureValue(algorithm, signature.sign());
        service.signDocument(document, parameters, value).save(text("out"));
    }

    private String text(String name) {
        return (String) request.get(name);
    }
}
