export {
  type Gateway,
  type GatewayRefund,
  GatewayRefusedError,
  type GatewayRequest,
  GatewayUnavailableError,
  GatewayUnknownError,
} from './gateway.ts'
export { createSandboxGateway } from './sandbox.ts'
