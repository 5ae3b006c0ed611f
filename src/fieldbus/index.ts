export {decodeBit, decodeRegisters} from "./decode.ts";
export {encodeBit, encodeRegisters} from "./encode.ts";
export {type LinkFault, linkFaultOf} from "./link-fault.ts";
export {createLinkFigures, type LinkFigures, type LinkReport} from "./link-figures.ts";
export type {ModbusExceptionCode, ModbusRefusal, RegisterBank} from "./modbus-answer.ts";
export {createProfileBank, type ProfileBankOptions} from "./modbus-bank.ts";
export {createModbusClient, type ModbusClient, type ModbusUnit, type UnitOptions} from "./modbus-client.ts";
export type {BusAddress} from "./modbus-connection.ts";
export {createModbusDevice, type ModbusDevice, type WriteOutcome} from "./modbus-device.ts";
export {modbusRemedy} from "./modbus-error.ts";
export {createModbusServer, type ModbusFault, type ModbusServer, type ModbusServerOptions} from "./modbus-server.ts";
export {
  createOpcUaClient,
  type MethodReference,
  type OpcUaClient,
  type OpcUaDevice,
  type OpcUaListener,
  type OpcUaOptions,
} from "./opcua-client.ts";
export {opcUaRemedy} from "./opcua-error.ts";
export type {OpcUaFault, OpcUaServer, OpcUaServerOptions} from "./opcua-server.ts";
export {openOpcUaServer} from "./opcua-server-door.ts";
export type {OpcUaMethod, OpcUaObject, OpcUaRefusal, OpcUaValue, OpcUaVariable} from "./opcua-space.ts";
export type {
  Access,
  Identification,
  NodeMethod,
  NodePoint,
  RegisterConstraints,
  RegisterPoint,
  Table,
} from "./point.ts";
export {type DeviceProfile, type ModbusProfile, type OpcUaProfile, parseProfile} from "./profile.ts";
export {BUILT_IN_PROFILES, readProfiles} from "./profile-library.ts";
export {learnFromRefusal, NOTHING_LEARNED, type PlannedRead, planReads} from "./read-planner.ts";
export {bad, type Decoded, good, type Sample, type Value} from "./reading.ts";
export {
  type CustomNodePoint,
  type CustomRegisterPoint,
  type NodeMap,
  nodeMap,
  type RegisterMap,
  registerMap,
} from "./register-map.ts";
export {type PointType, REGISTER_TYPES, type RegisterType, WORD_ORDERS, type WordOrder} from "./register-type.ts";
export {isListening} from "./scan/mbap-link.ts";
export {type ModbusUnitFound, scanModbusHost} from "./scan/modbus-scan.ts";
export type {OfferedEndpoint, OpcUaServerFound} from "./scan/opcua-scan.ts";
export {sunSpecName} from "./scan/sun-spec.ts";
