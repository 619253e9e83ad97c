import eu.europa.esig.dss.diagnostic.CertificateWrapper;
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.service.http.commons.FileCacheDataLoader;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.client.http.MemoryDataLoader;
import eu.europa.esig.dss.model.tsl.TLInfo;
import eu.europa.esig.dss.spi.tsl.TrustedListsCertificateSource;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.tsl.function.TLPredicateFactory;
import eu.europa.esig.dss.tsl.job.TLValidationJob;
import eu.europa.esig.dss.tsl.source.LOTLSource;
import eu.europa.esig.dss.tsl.source.TLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jose4j.json.JsonUtil;

/**
 * EU DSS as a peer of our tests. Reads one request (a JSON object) a line and answers each with one line.
 *
 * <p>Request: {@code file}; optional {@code detached} (files), {@code at} (ISO 8601), {@code anchors} (certificates),
 * {@code lists}: objects with {@code url}, {@code file}, {@code signer} (certificate) and, for a list that points to
 * others with agreements, {@code points_to_type} (the TSLType of the lists it points to).
 *
 * <p>Answer: {@code signatures} with indication, sub-indication, level, qualification, agreement, best time and
 * time-stamps; or {@code error}. Nothing is fetched from a network.
 *
 * <p>Or it is asked to sign: {@code sign} (pades, xades, cades, jades, asic-e), {@code level} (B, T, LT, LTA), {@code file},
 * {@code out}, {@code key} (PKCS#12), {@code password}, {@code tsa} (URL), {@code anchors}; the answer is {@code out}.
 */
public final class DssPeer {
    private DssPeer() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            Map<String, Object> answer;
            try {
                answer = answer(JsonUtil.parseJson(line));
            } catch (Exception | LinkageError error) {
                answer = new LinkedHashMap<>();
                answer.put("error", error.toString());
            }
            System.out.println(JsonUtil.toJson(answer));
            System.out.flush();
        }
        // Without waiting for idle threads of the libraries.
        System.exit(0);
    }

    private static Map<String, Object> answer(Map<String, Object> request) throws Exception {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (String file : texts(request, "anchors")) {
            anchors.addCertificate(DSSUtils.loadCertificate(new File(file)));
        }
        verifier.addTrustedCertSources(anchors);
        Map<String, Object> answer = new LinkedHashMap<>();
        if (request.get("sign") != null) {
            new DssSigner(verifier, request).sign();
            answer.put("out", request.get("out"));
            return answer;
        }
        List<Map<String, Object>> lists = objects(request, "lists");
        if (!lists.isEmpty()) {
            TrustedListsCertificateSource fromLists = new TrustedListsCertificateSource();
            answer.put("lists", load(lists, fromLists));
            verifier.addTrustedCertSources(fromLists);
        }
        SignedDocumentValidator validator =
                SignedDocumentValidator.fromDocument(new FileDocument((String) request.get("file")));
        validator.setCertificateVerifier(verifier);
        if (request.get("at") != null) {
            validator.setValidationTime(Date.from(Instant.parse((String) request.get("at"))));
        }
        List<DSSDocument> detached = new ArrayList<>();
        texts(request, "detached").forEach(file -> detached.add(new FileDocument(file)));
        validator.setDetachedContents(detached);
        Reports reports = validator.validateDocument();
        answer.put("signatures", signatures(reports));
        return answer;
    }

    private static List<Object> signatures(Reports reports) {
        SimpleReport simple = reports.getSimpleReport();
        DiagnosticData facts = reports.getDiagnosticData();
        List<Object> signatures = new ArrayList<>();
        for (SignatureWrapper signature : facts.getSignatures()) {
            String id = signature.getId();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("indication", text(simple.getIndication(id)));
            line.put("sub_indication", text(simple.getSubIndication(id)));
            line.put("level", text(signature.getSignatureFormat()));
            line.put("qualification", text(simple.getSignatureQualification(id)));
            CertificateWrapper signer = signature.getSigningCertificate();
            line.put("agreement", signer == null ? null : signer.getMRAEnactedTrustServiceLegalIdentifier());
            line.put("best_time", time(simple.getBestSignatureTime(id)));
            List<Object> timestamps = new ArrayList<>();
            for (TimestampWrapper timestamp : signature.getTimestampList()) {
                Map<String, Object> stamp = new LinkedHashMap<>();
                stamp.put("indication", text(simple.getIndication(timestamp.getId())));
                stamp.put("sub_indication", text(simple.getSubIndication(timestamp.getId())));
                stamp.put("time", time(timestamp.getProductionTime()));
                timestamps.add(stamp);
            }
            line.put("timestamps", timestamps);
            List<String> errors = new ArrayList<>();
            simple.getAdESValidationErrors(id).forEach(message -> errors.add(message.getValue()));
            line.put("errors", errors);
            signatures.add(line);
        }
        return signatures;
    }

    private static List<Object> load(List<Map<String, Object>> lists, TrustedListsCertificateSource into)
            throws Exception {
        Map<String, byte[]> contents = new HashMap<>();
        List<LOTLSource> pointing = new ArrayList<>();
        List<TLSource> plain = new ArrayList<>();
        for (Map<String, Object> list : lists) {
            String url = (String) list.get("url");
            contents.put(url, Files.readAllBytes(new File((String) list.get("file")).toPath()));
            if (list.get("signer") == null) {
                continue; // reached through a pointer, whose identities say who signs it
            }
            CommonTrustedCertificateSource signer = new CommonTrustedCertificateSource();
            CertificateToken certificate = DSSUtils.loadCertificate(new File((String) list.get("signer")));
            signer.addCertificate(certificate);
            if (list.get("points_to_type") == null) {
                TLSource source = new TLSource();
                source.setUrl(url);
                source.setCertificateSource(signer);
                plain.add(source);
                continue;
            }
            LOTLSource source = new LOTLSource();
            source.setUrl(url);
            source.setMraSupport(true);
            source.setCertificateSource(signer);
            source.setTlPredicate(
                    TLPredicateFactory.createPredicateWithCustomTSLType((String) list.get("points_to_type")));
            pointing.add(source);
        }
        FileCacheDataLoader loader = new FileCacheDataLoader();
        loader.setDataLoader(new MemoryDataLoader(contents));
        loader.setFileCacheDirectory(Files.createTempDirectory("dss-peer").toFile());
        loader.setCacheExpirationTime(0);
        TLValidationJob job = new TLValidationJob();
        job.setOfflineDataLoader(loader);
        job.setListOfTrustedListSources(pointing.toArray(new LOTLSource[0]));
        job.setTrustedListSources(plain.toArray(new TLSource[0]));
        job.setTrustedListCertificateSource(into);
        job.offlineRefresh();
        List<Object> states = new ArrayList<>();
        for (TLInfo info : all(job)) {
            Map<String, Object> state = new LinkedHashMap<>();
            state.put("url", info.getUrl());
            state.put("indication", text(info.getValidationCacheInfo().getIndication()));
            state.put("services", info.getParsingCacheInfo().getTSNumber());
            state.put("fault", info.getParsingCacheInfo().getExceptionMessage());
            states.add(state);
        }
        return states;
    }

    private static List<TLInfo> all(TLValidationJob job) {
        List<TLInfo> all = new ArrayList<>();
        job.getSummary().getLOTLInfos().forEach(lotl -> {
            all.add(lotl);
            all.addAll(lotl.getTLInfos());
        });
        all.addAll(job.getSummary().getOtherTLInfos());
        return all;
    }

    private static String text(Enum<?> value) {
        return value == null ? null : value.name();
    }

    private static String time(Date date) {
        return date == null ? null : date.toInstant().toString();
    }

    @SuppressWarnings("unchecked")
    private static List<String> texts(Map<String, Object> request, String name) {
        Object value = request.get(name);
        return value == null ? List.of() : (List<String>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> objects(Map<String, Object> request, String name) {
        Object value = request.get(name);
        return value == null ? List.of() : (List<Map<String, Object>>) value;
    }
}
