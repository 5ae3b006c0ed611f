// What a Modbus server answers to one request: the protocol data unit alone, without framing, sockets or time.
// Source: Modbus Application Protocol Specification V1.1b3, sections 6 (functions) and 7 (exceptions).

/** Exception codes, section 7: 1 illegal function, 2 illegal address, 3 illegal value, 4 device failure, 6 busy, 10 and 11 gateway. */
export type ModbusExceptionCode = 1 | 2 | 3 | 4 | 5 | 6 | 8 | 10 | 11;

/** A request that the device refuses; an expected outcome, hence a value. */
export interface ModbusRefusal {
  readonly exception: ModbusExceptionCode;
}

/**
 * The tables of one unit id, answered by callbacks. Addresses are 0-based as on the wire; a register is 0..65535. A table without its
 * callback does not exist: its function codes get exception 1. Callbacks see ranges that end at 65536 at most.
 */
export interface RegisterBank {
  /** Function codes of the real device, when it has fewer than its tables allow. */
  readonly functionCodes?: readonly number[];
  /** Registers in one read; 125 (the protocol's limit) when not given. */
  readonly maxRegistersPerRead?: number;
  /** Objects of Read Device Identification (43/14): 0 maker, 1 product code, 2 version; without them the function does not exist. */
  readonly identification?: Readonly<Record<number, string>>;
  readHolding?(address: number, count: number): readonly number[] | ModbusRefusal;
  readInput?(address: number, count: number): readonly number[] | ModbusRefusal;
  readCoils?(address: number, count: number): readonly boolean[] | ModbusRefusal;
  readDiscrete?(address: number, count: number): readonly boolean[] | ModbusRefusal;
  /** null = taken. */
  writeHolding?(address: number, values: readonly number[]): ModbusRefusal | null;
  writeCoils?(address: number, values: readonly boolean[]): ModbusRefusal | null;
}

const REGISTERS_PER_READ_MAX = 125;
const BITS_PER_READ_MAX = 2000;
const REGISTERS_PER_WRITE_MAX = 123;
const BITS_PER_WRITE_MAX = 1968;
const ADDRESS_END = 0x10000;
const COIL_ON = 0xff00;

/** Encapsulated interface transport, 6.19, with the one interface that is served: Read Device Identification, 6.21. */
const READ_IDENTIFICATION = 0x2b;
const IDENTIFICATION_INTERFACE = 0x0e;
const BASIC = 1;

const ILLEGAL_FUNCTION = {exception: 1} as const;
const ILLEGAL_ADDRESS = {exception: 2} as const;
const ILLEGAL_VALUE = {exception: 3} as const;

/** The response to `request` (function code and data, 1..253 bytes): data or an exception, never nothing. */
export function answerRequest(request: Uint8Array, bank: RegisterBank): Uint8Array {
  const code = request[0]!;
  const outcome = bank.functionCodes?.includes(code) === false ? ILLEGAL_FUNCTION : perform(request, bank);
  return "exception" in outcome ? exceptionResponse(code, outcome.exception) : outcome;
}

/** An exception response, section 7. */
export function exceptionResponse(functionCode: number, exception: ModbusExceptionCode): Uint8Array {
  return Uint8Array.of(functionCode | 0x80, exception);
}

function perform(request: Uint8Array, bank: RegisterBank): Uint8Array | ModbusRefusal {
  const registersMax = bank.maxRegistersPerRead ?? REGISTERS_PER_READ_MAX;
  switch (request[0]) {
    case 1:
      return readBits(request, bank.readCoils?.bind(bank));
    case 2:
      return readBits(request, bank.readDiscrete?.bind(bank));
    case 3:
      return readRegisters(request, registersMax, bank.readHolding?.bind(bank));
    case 4:
      return readRegisters(request, registersMax, bank.readInput?.bind(bank));
    case 5:
      return writeCoil(request, bank);
    case 6:
      return writeRegister(request, bank);
    case 15:
      return writeCoils(request, bank);
    case 16:
      return writeRegisters(request, bank);
    case READ_IDENTIFICATION:
      return readIdentification(request, bank);
    default:
      return ILLEGAL_FUNCTION;
  }
}

function word(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

function readRegisters(
  request: Uint8Array,
  countMax: number,
  read: RegisterBank["readHolding"],
): Uint8Array | ModbusRefusal {
  if (read === undefined) return ILLEGAL_FUNCTION;
  if (request.length !== 5) return ILLEGAL_VALUE;
  const address = word(request, 1);
  const count = word(request, 3);
  if (count < 1 || count > countMax) return ILLEGAL_VALUE;
  if (address + count > ADDRESS_END) return ILLEGAL_ADDRESS;
  const values = read(address, count);
  if ("exception" in values) return values;
  const response = new Uint8Array(2 + 2 * count);
  response[0] = request[0]!;
  response[1] = 2 * count;
  values.forEach((value, index) => {
    response[2 + 2 * index] = value >> 8;
    response[3 + 2 * index] = value;
  });
  return response;
}

function readBits(request: Uint8Array, read: RegisterBank["readCoils"]): Uint8Array | ModbusRefusal {
  if (read === undefined) return ILLEGAL_FUNCTION;
  if (request.length !== 5) return ILLEGAL_VALUE;
  const address = word(request, 1);
  const count = word(request, 3);
  if (count < 1 || count > BITS_PER_READ_MAX) return ILLEGAL_VALUE;
  if (address + count > ADDRESS_END) return ILLEGAL_ADDRESS;
  const values = read(address, count);
  if ("exception" in values) return values;
  const response = new Uint8Array(2 + Math.ceil(count / 8));
  response[0] = request[0]!;
  response[1] = response.length - 2;
  values.forEach((value, index) => {
    if (value) response[2 + (index >> 3)]! |= 1 << (index & 7);
  });
  return response;
}

/** Objects of the basic category in one answer; they are short. */
function readIdentification(request: Uint8Array, {identification}: RegisterBank): Uint8Array | ModbusRefusal {
  if (identification === undefined || request[1] !== IDENTIFICATION_INTERFACE) return ILLEGAL_FUNCTION;
  if (request.length !== 4 || request[2] !== BASIC || request[3] !== 0) return ILLEGAL_VALUE;
  const objects = Object.entries(identification).flatMap(([id, value]) => {
    const bytes = new TextEncoder().encode(value);
    return [Number(id), bytes.length, ...bytes];
  });
  const count = Object.keys(identification).length;
  return Uint8Array.of(READ_IDENTIFICATION, IDENTIFICATION_INTERFACE, BASIC, BASIC, 0, 0, count, ...objects);
}

function writeCoil(request: Uint8Array, bank: RegisterBank): Uint8Array | ModbusRefusal {
  if (bank.writeCoils === undefined) return ILLEGAL_FUNCTION;
  const value = word(request, 3);
  if (request.length !== 5 || (value !== 0 && value !== COIL_ON)) return ILLEGAL_VALUE;
  return bank.writeCoils(word(request, 1), [value === COIL_ON]) ?? request;
}

function writeRegister(request: Uint8Array, bank: RegisterBank): Uint8Array | ModbusRefusal {
  if (bank.writeHolding === undefined) return ILLEGAL_FUNCTION;
  if (request.length !== 5) return ILLEGAL_VALUE;
  return bank.writeHolding(word(request, 1), [word(request, 3)]) ?? request;
}

function writeCoils(request: Uint8Array, bank: RegisterBank): Uint8Array | ModbusRefusal {
  if (bank.writeCoils === undefined) return ILLEGAL_FUNCTION;
  if (request.length < 7) return ILLEGAL_VALUE;
  const address = word(request, 1);
  const count = word(request, 3);
  const size = Math.ceil(count / 8);
  if (count < 1 || count > BITS_PER_WRITE_MAX || request[5] !== size || request.length !== 6 + size)
    return ILLEGAL_VALUE;
  if (address + count > ADDRESS_END) return ILLEGAL_ADDRESS;
  const values = Array.from({length: count}, (_, index) => ((request[6 + (index >> 3)]! >> (index & 7)) & 1) === 1);
  return bank.writeCoils(address, values) ?? request.slice(0, 5);
}

function writeRegisters(request: Uint8Array, bank: RegisterBank): Uint8Array | ModbusRefusal {
  if (bank.writeHolding === undefined) return ILLEGAL_FUNCTION;
  if (request.length < 8) return ILLEGAL_VALUE;
  const address = word(request, 1);
  const count = word(request, 3);
  if (count < 1 || count > REGISTERS_PER_WRITE_MAX || request[5] !== 2 * count || request.length !== 6 + 2 * count)
    return ILLEGAL_VALUE;
  if (address + count > ADDRESS_END) return ILLEGAL_ADDRESS;
  const values = Array.from({length: count}, (_, index) => word(request, 6 + 2 * index));
  return bank.writeHolding(address, values) ?? request.slice(0, 5);
}
