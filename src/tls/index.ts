export {
  type CertificateSource,
  ensureCertificate,
  fingerprintOf,
  readCertificate,
} from "./certificate-files.ts";
export {type Certificates, createCertificates} from "./certificates.ts";
export {encryptOthers, refusePlainHttp} from "./encrypt-others.ts";
export {lanAddress, type OwnNames, ownNames} from "./own-names.ts";
