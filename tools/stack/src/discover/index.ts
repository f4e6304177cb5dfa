export const discover = async (_: object): Promise<object> => ({});
export const formatDiscover = (_: object): string => '';
